using Fovea.Engine;
using Fovea.Engine.Planning;

namespace Fovea.Models;

/// <summary>
/// Jordan 2024 (arXiv 2404.00498): the first filters of every convolution are the identity, one for each of its input channels, the others as PyTorch draws them (section
/// 3.3); biases zero; the filters of the layer "whiten" are whitening ones, made of 5000 training images, and their negatives (section 3.2).
/// </summary>
internal sealed class AirBenchInitializer : Initializer
{
    private const string Whitening = "whiten.weight";
    private const double Epsilon = 5e-4;

    public override string Name => "airbench";

    public override int TrainingImages => 5000;

    /// <summary>The first half of the filters that are needed, then their negatives; a layer that has more keeps the drawn ones.</summary>
    public override void Fit(ParameterSet parameters, Architecture architecture, ReadOnlySpan<byte> pixels)
    {
        if (parameters.Find(Whitening) is not { } weight)
            return;
        int[] shape = weight.Spec.Shape;
        double[][] filters = PatchWhitening.Filters(pixels, architecture.Input, (shape[2], shape[3]), architecture.Preprocessing, Epsilon);
        Span<float> values = weight.Data;
        int size = filters.Length, count = Math.Min(filters.Length, shape[0] / 2);
        for (int i = 0; i < count * size; i++)
        {
            values[i] = (float)filters[i / size][i % size];
            values[(count * size) + i] = -values[i];
        }
        weight.Changed();
    }

    protected override void Fill(string name, ParameterSpec parameter, ModelSpec spec, InitialDraws draws, Span<float> values)
    {
        if (parameter.Role == ParameterRole.Bias)
            return;
        PyTorchDefault(draws, parameter, values);
        if (parameter.Role == ParameterRole.ConvWeight)
            Identity(parameter.Shape, values);
    }

    /// <summary>torch.nn.init.dirac_ on the first filters, as many as there are input channels.</summary>
    private static void Identity(int[] shape, Span<float> values)
    {
        int filter = shape[1] * shape[2] * shape[3], area = shape[2] * shape[3];
        for (int o = 0; o < Math.Min(shape[0], shape[1]); o++)
        {
            Span<float> own = values.Slice(o * filter, filter);
            own.Clear();
            own[(o * area) + (shape[2] / 2 * shape[3]) + (shape[3] / 2)] = 1;
        }
    }
}
