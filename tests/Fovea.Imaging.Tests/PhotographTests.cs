namespace Fovea.Imaging.Tests;

public class PhotographTests
{
    [SkippableFact]
    public void Photographs_decode_and_shrink_to_pillows_bytes()
    {
        string folder = SharedData.Require("cats-vs-dogs");
        Goldens.RequireLibraries();
        Image image = new(), small = new();
        int files = 0;
        foreach (string[] r in Goldens.Table("photographs.tsv"))
        {
            ImageDecoder.Decode(File.ReadAllBytes(Path.Combine(folder, r[0])), image);
            Assert.Equal((r[0], int.Parse(r[1]), int.Parse(r[2])), (r[0], image.Width, image.Height));
            Assert.True(r[3] == Goldens.Hash(image), $"{r[0]}: other pixels");
            Resampler.Resize(image, small, 224, 224, Interpolation.Bilinear);
            Assert.True(r[4] == Goldens.Hash(small), $"{r[0]}: other pixels at 224x224");
            files++;
        }
        Assert.True(files >= 200);
    }
}
