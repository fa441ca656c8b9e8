using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Models.Tests;

/// <summary>The weights, images and labels that tests/goldens/formula.py computes too, so that no weight file has to be stored.</summary>
internal static class Formula
{
    public static void Fill(ParameterSet parameters, double headScale = 1)
    {
        int head = parameters.All.Select((p, i) => (p, i)).Last(x => x.p.Spec.Shape.Length > 1).i;
        for (int p = 0; p < parameters.All.Count; p++)
        {
            Parameter parameter = parameters.All[p];
            int[] shape = parameter.Spec.Shape;
            long fanIn = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
            double bound = shape.Length == 1 ? 0.05 : Math.Sqrt(6.0 / fanIn) * (p == head ? headScale : 1);
            float[] values = new float[parameter.Spec.Elements];
            for (int i = 0; i < values.Length; i++)
                values[i] = (float)((Mix((uint)p, (uint)i) / 4294967296.0 - 0.5) * 2.0 * bound);
            parameter.Write(values);
        }
    }

    public static void Batch(int first, int count, int classes, TensorShape shape, Span<byte> pixels, Span<Label> labels)
    {
        for (int n = 0; n < count; n++)
        {
            int label = LabelOf(first + n, classes);
            if (!labels.IsEmpty)
                labels[n] = Label.Of(label);
            Image((uint)(first + n), (uint)label, shape, pixels.Slice(n * shape.Features, shape.Features));
        }
    }

    private static int LabelOf(int sample, int classes) => (int)(Mix(5000, (uint)sample) % (uint)classes);

    private static void Image(uint sample, uint label, TensorShape shape, Span<byte> pixels)
    {
        int i = 0;
        for (int y = 0; y < shape.H; y++)
        {
            for (int x = 0; x < shape.W; x++)
            {
                for (int c = 0; c < shape.C; c++, i++)
                {
                    int cell = (y * 4 / shape.H * 4 + x * 4 / shape.W) * shape.C + c;
                    pixels[i] = (byte)((Mix(10000 + sample, (uint)i) & 127) + (Mix(6000 + label, (uint)cell) & 127));
                }
            }
        }
    }

    /// <summary>MurmurHash3's finaliser over a counter.</summary>
    private static uint Mix(uint p, uint i)
    {
        uint h = unchecked(i * 0x9E3779B1u + p * 0x85EBCA77u + 0x165667B1u);
        h ^= h >> 16;
        h = unchecked(h * 0x85EBCA6Bu);
        h ^= h >> 13;
        h = unchecked(h * 0xC2B2AE35u);
        return h ^ (h >> 16);
    }
}
