namespace Fovea.Imaging.Tests;

/// <summary>Damaged files give a picture or an ImageException, soon; nothing else.</summary>
public class FuzzTests
{
    private const int MutationsPerFile = 40;

    [SkippableFact]
    public void Mutated_files_never_do_harm()
    {
        Goldens.RequireLibraries();
        Image image = new(), small = new();
        DecodeOptions options = new() { MaxPixels = 1_000_000 };
        ulong state = 2026;
        int decoded = 0, refused = 0;
        foreach (string name in Goldens.Names)
        {
            byte[] whole = Goldens.File(name);
            for (int i = 0; i < MutationsPerFile; i++)
            {
                byte[] file = Mutate(whole, ref state);
                double start = ThreadTime.Seconds;
                try
                {
                    ImageDecoder.Decode(file, image, options);
                    Assert.True((long)image.Width * image.Height <= options.MaxPixels);
                    Resampler.Resize(image, small, 16, 16, Interpolation.Bilinear);
                    decoded++;
                }
                catch (ImageException error)
                {
                    Assert.False(string.IsNullOrWhiteSpace(error.Message));
                    refused++;
                }
                double seconds = ThreadTime.Seconds - start;
                Assert.True(seconds < 10, $"{name}, mutation {i}: {seconds} s");
            }
        }
        // Both must occur in numbers, or the mutations are not worth their name.
        Assert.True(decoded > 300 && refused > 300, $"{decoded} decoded, {refused} refused");
    }

    // One to eight changes: flipped bytes, extreme bytes, a cut, a repeated piece; half of the places lie in the first 64 bytes, where the headers are.
    private static byte[] Mutate(byte[] whole, ref ulong state)
    {
        byte[] file = [.. whole];
        int changes = 1 + (int)(Next(ref state) % 8);
        for (int i = 0; i < changes; i++)
        {
            int limit = Next(ref state) % 2 == 0 ? Math.Min(64, file.Length) : file.Length;
            int at = (int)(Next(ref state) % (ulong)limit);
            switch (Next(ref state) % 8)
            {
                case 0:
                    file[at] = 0xFF;
                    break;
                case 1:
                    file[at] = 0;
                    break;
                case 2 when file.Length > 80:
                    file = file[..(file.Length - at / 2 - 1)];
                    break;
                case 3:
                    int length = (int)(Next(ref state) % (ulong)(file.Length - at));
                    file = [.. file[..(at + length)], .. file[at..]];
                    break;
                default:
                    file[at] ^= (byte)(1 << (int)(Next(ref state) % 8));
                    break;
            }
        }
        return file;
    }

    // splitmix64.
    private static ulong Next(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
