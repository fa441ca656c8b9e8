using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Models.Tests;

/// <summary>The weights, images and labels that tests/goldens/formula.py computes too, so that no weight file has to be stored.</summary>
internal static class Formula
{
    public static void Fill(ParameterSet parameters, double headScale = 1, double normShift = 0, double normSpread = 0)
    {
        Parameter[] statistics = [.. parameters.All.Where(p => !p.Spec.IsTrained)];
        for (int b = 0; b < statistics.Length; b++)
        {
            bool variance = statistics[b].Spec.Role == ParameterRole.RunningVariance;
            uint number = (uint)(30000 + b);
            statistics[b].Write([.. Enumerable.Range(0, (int)statistics[b].Spec.Elements).Select(i => (float)(variance ? 1 + Unit(number, (uint)i) : Unit(number, (uint)i) * 0.2))]);
        }
        Parameter[] trained = Trained(parameters);
        int classes = trained[^1].Spec.Shape[0];
        for (int p = 0; p < trained.Length; p++)
        {
            Parameter parameter = trained[p];
            int[] shape = parameter.Spec.Shape;
            long fanIn = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
            double bound = shape.Length == 1 ? 0.05 : Math.Sqrt(6.0 / fanIn) * (shape[0] == classes ? headScale : 1);
            float[] values = new float[parameter.Spec.Elements];
            bool shifted = parameter.Spec.Role == ParameterRole.NormShift;
            (float even, float odd) = shifted ? ((float)(normShift + normSpread), (float)(normShift - normSpread)) : (0f, 0f);
            bool factor = parameter.Spec.Role == ParameterRole.NormScale;
            for (int i = 0; i < values.Length; i++)
                values[i] = (float)(factor ? 1 + Unit((uint)p, (uint)i) * 0.2 : Unit((uint)p, (uint)i) * 2.0 * bound) + (i % 2 == 0 ? even : odd);
            parameter.Write(values);
        }
    }

    /// <summary>The weights, or the biases, of parameter number <paramref name="p"/>.</summary>
    public static float[] Parameter(int p, int[] shape)
    {
        double bound = shape.Length == 1 ? 0.05 : Math.Sqrt(6.0 / shape.Skip(1).Aggregate(1L, (a, b) => a * b));
        return [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (float)(Unit((uint)p, (uint)i) * 2.0 * bound))];
    }

    /// <summary>What PyTorch calls parameters, in its order.</summary>
    public static Parameter[] Trained(ParameterSet parameters) => [.. parameters.All.Where(p => p.Spec.IsTrained)];

    /// <summary>Scalar product of the first 2^18 values, in PyTorch's order, with the direction of parameter number <paramref name="p"/>.</summary>
    public static double Projection(int p, Parameter parameter, ReadOnlySpan<float> memory)
    {
        float[] values = new float[memory.Length];
        parameter.ToFileOrder(memory, values);
        double sum = 0;
        for (int i = 0; i < Math.Min(values.Length, 1 << 18); i++)
            sum += values[i] * Unit((uint)(40000 + p), (uint)i);
        return sum;
    }

    private static double Unit(uint p, uint i) => Mix(p, i) / 4294967296.0 - 0.5;

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
