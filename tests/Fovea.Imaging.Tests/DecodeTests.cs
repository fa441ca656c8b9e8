namespace Fovea.Imaging.Tests;

/// <summary>Every golden file decodes to Pillow's bytes, or is refused where Pillow refuses it.</summary>
public class DecodeTests
{
    public static TheoryData<string, string, int, int, string, string> Expected()
    {
        TheoryData<string, string, int, int, string, string> rows = [];
        foreach (string[] r in Goldens.Table("expected.tsv"))
            rows.Add(r[0], r[1], int.Parse(r[2]), int.Parse(r[3]), r[4], r[5]);
        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Expected))]
    public void Gives_pillows_bytes(string name, string verdict, int width, int height, string rgb, string grey)
    {
        Goldens.RequireLibraries();
        if (verdict != "ok")
        {
            Assert.Throws<ImageException>(() => Goldens.Decode(name));
            return;
        }
        Image image = Goldens.Decode(name);
        Assert.Equal((width, height, 3), (image.Width, image.Height, image.Channels));
        Assert.Equal(rgb, Goldens.Hash(image));
        Assert.Equal(grey, Goldens.Hash(Goldens.Decode(name, channels: 1)));
        ImageInfo info = ImageDecoder.Identify(Goldens.File(name));
        Assert.Equal((width, height), (info.Width, info.Height));
    }

    public static TheoryData<string, int, int, string> Scaled()
    {
        TheoryData<string, int, int, string> rows = [];
        foreach (string[] r in Goldens.Table("scaled.tsv"))
            rows.Add(r[0], int.Parse(r[1]), int.Parse(r[2]), r[3]);
        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Scaled))]
    public void Scaled_jpeg_is_libjpegs(string name, int width, int height, string rgb)
    {
        Goldens.RequireLibraries();
        Image image = new();
        ImageInfo full = ImageDecoder.Identify(Goldens.File(name));
        ImageInfo info = ImageDecoder.Decode(Goldens.File(name), image, new DecodeOptions { AtLeast = (width, height) });
        Assert.Equal(full, info);
        Assert.Equal((width, height), (image.Width, image.Height));
        Assert.Equal(rgb, Goldens.Hash(image));
    }

    [SkippableFact]
    public void Scaling_never_goes_below_what_was_asked_for()
    {
        Goldens.RequireLibraries();
        Image image = new();
        foreach (string name in new[] { "low.jpg", "exif6.jpg", "exif1.jpg", "rgb8.png" })
            for (int side = 1; side < 140; side += 3)
            {
                ImageInfo info = ImageDecoder.Decode(Goldens.File(name), image, new DecodeOptions { AtLeast = (side, side / 2) });
                Assert.True(image.Width >= Math.Min(side, info.Width) && image.Height >= Math.Min(side / 2, info.Height), $"{name} {side}: {image.Width}x{image.Height}");
            }
    }

    [SkippableFact]
    public void Orientation_can_be_left_alone()
    {
        Goldens.RequireLibraries();
        Image upright = Goldens.Decode("exif6.jpg"), stored = new(), turned = new();
        ImageInfo info = ImageDecoder.Decode(Goldens.File("exif6.jpg"), stored, new DecodeOptions { ApplyOrientation = false });
        Assert.Equal((23, 14, 6), (info.Width, info.Height, info.Orientation));
        Geometry.Rotate90(stored, turned);
        Assert.Equal(Goldens.Hash(upright), Goldens.Hash(turned));
    }

    [SkippableFact]
    public void Content_decides_the_format()
    {
        Goldens.RequireLibraries();
        Assert.Equal(ImageFormat.Png, ImageDecoder.Identify(Goldens.File("png-inside.jpg")).Format);
        Assert.Equal(Goldens.Hash(Goldens.Decode("rgb8.png")), Goldens.Hash(Goldens.Decode("png-inside.jpg")));
    }

    [SkippableFact]
    public void Target_is_reused_without_allocation()
    {
        Goldens.RequireLibraries();
        byte[][] files = [Goldens.File("420.jpg"), Goldens.File("exif6.jpg"), Goldens.File("cmyk.jpg"), Goldens.File("rgba8.png"), Goldens.File("lossy.webp"), Goldens.File("top-down.bmp")];
        Image image = new(), small = new();
        long before = 0;
        for (int round = 0; round < 5; round++)
        {
            if (round == 2)
                before = GC.GetAllocatedBytesForCurrentThread();
            foreach (byte[] file in files)
            {
                ImageDecoder.Decode(file, image);
                Resampler.Resize(image, small, 32, 32, Interpolation.Bilinear);
            }
        }
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [SkippableFact]
    public async Task Threads_do_not_disturb_each_other()
    {
        Goldens.RequireLibraries();
        string Everything()
        {
            Image small = new();
            List<string> hashes = [];
            foreach (string[] row in Goldens.Table("expected.tsv").Where(row => row[1] == "ok"))
            {
                Image image = Goldens.Decode(row[0]);
                Resampler.Resize(image, small, 50, 40, Interpolation.Bicubic);
                hashes.Add(Goldens.Hash(image) + Goldens.Hash(small));
            }
            return string.Join('\n', hashes);
        }
        string alone = Everything();
        Task<string>[] together = [.. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(Everything, TaskCreationOptions.LongRunning))];
        foreach (string result in await Task.WhenAll(together))
            Assert.Equal(alone, result);
    }
}
