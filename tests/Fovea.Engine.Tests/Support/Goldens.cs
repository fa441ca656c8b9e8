using System.Globalization;
using Fovea.Formats.Safetensors;

namespace Fovea.Engine.Tests;

/// <summary>Values that PyTorch computed (tests/goldens/ops.py), and the bounds that follow from float32 rounding.</summary>
internal static class Goldens
{
    private static readonly SafetensorsFile File = SafetensorsFile.Open(Path("ops.safetensors"));

    public static string Path(string name) => System.IO.Path.Combine(AppContext.BaseDirectory, "goldens", name);

    public static float[]? Tensor(string caseName, string tensor)
    {
        if (File.Find($"{caseName}/{tensor}") is not { } entry)
            return null;
        float[] values = new float[entry.ElementCount];
        File.ReadFloat32(entry.Name, values);
        return values;
    }

    public static byte[] Bytes(string caseName, string tensor)
    {
        byte[] values = new byte[File.Find($"{caseName}/{tensor}")!.ByteCount];
        File.Read($"{caseName}/{tensor}", values);
        return values;
    }

    public static double Bound(string caseName, string tensor) => double.Parse(File.Metadata[$"{caseName}/{tensor}"], CultureInfo.InvariantCulture);

    /// <summary>Every element within <paramref name="bound"/>; the message names the worst.</summary>
    public static void Close(ReadOnlySpan<float> expected, ReadOnlySpan<float> got, double bound, string what)
    {
        Assert.Equal(expected.Length, got.Length);
        double worst = 0;
        int where = -1;
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs((double)expected[i] - got[i]);
            if (error > worst || double.IsNaN(error))
                (worst, where) = (error, i);
            if (double.IsNaN(error))
                break;
        }
        Assert.True(worst <= bound, where < 0 ? what : $"{what}: element {where} is {got[where]}, expected {expected[where]}: off by {worst:g3}, allowed {bound:g3}");
    }
}
