using Fovea.Engine.Ops;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Tests;

/// <summary>
/// Gradients of linear weights too large to be held whole (docs/decisions/0013), against their definition in float64: a network of one layer whose weights, 72 MiB, are just
/// above the limit. With a softmax behind it d loss / d weight[c, f] = sum over n of (softmax(z[n])[c] - target[n][c]) / N * x[n, f].
/// </summary>
public sealed class LinearPiecesTests
{
    private const int Channels = 3, Height = 48, Width = 32, Features = Channels * Height * Width, Classes = 4096, Batch = 3;
    private const float Rate = 0.5f;

    [SkippableTheory]
    [InlineData(PrecisionChoice.Float32, true)]
    [InlineData(PrecisionChoice.Float32, false)]
    [InlineData(PrecisionChoice.BFloat16, true)]
    public void APieceOfAGradientIsThatPartOfTheWhole(PrecisionChoice precision, bool elementwise)
    {
        Skip.IfNot(Backends.HasOneDnn, "libdnnl is not installed");
        Skip.If(precision == PrecisionChoice.BFloat16 && !Backends.HasBFloat16, "the processor has no bfloat16");
        Graph graph = Graph.Create(
            "one large layer", ImageInput.Node().Normalize([0.5f, 0.5f, 0.5f], [0.25f, 0.25f, 0.25f]).Flatten().Linear(Classes), new TensorShape(Channels, Height, Width));
        using ParameterSet parameters = ParameterSet.For(graph);
        Parameter weight = parameters.All.Single(p => p.Spec.Suffix == "weight"), bias = parameters.All.Single(p => p.Spec.Suffix == "bias");
        float[] first = new float[weight.Spec.Elements];
        Draw draw = new(1);
        for (int i = 0; i < first.Length; i++)
            first[i] = draw.Next() * 0.02f;
        weight.Write(first);
        using Runtime runtime = new(new RuntimeOptions { Backend = BackendChoice.OneDnn, Precision = precision, Threads = 2 });
        PlanOptions options = new() { Batch = Batch, Training = true, Loss = new SoftmaxCrossEntropy(), Update = new KeepsGradients(elementwise) };
        using Plan plan = runtime.Compile(graph, parameters, options);
        Assert.Equal(elementwise ? 2 : 1, plan.Steps.Count(step => step.Work == "backward weights"));
        for (int i = 0; i < plan.Pixels.Length; i++)
            plan.Pixels[i] = (byte)(draw.Next() * 127 + 128);
        int[] targets = [7, Classes / 2, Classes - 1];
        for (int n = 0; n < Batch; n++)
            plan.Labels[n] = Label.Of(targets[n]);
        double[] x = new double[Batch * Features];
        for (int i = 0; i < x.Length; i++)
            // From NHWC to the order of files.
            x[(i / Features * Features) + (i % Channels * Height * Width) + (i % Features / Channels)] = ((plan.Pixels[i] / 255.0) - 0.5) / 0.25;
        plan.State.LearningRate = Rate;
        plan.Run();

        double[] dz = LogitGradients(plan.Logits, targets);
        // In float32 some sixteen roundings of 2^-24: the softmax's sum over 4096 classes, the pixel's normalisation (of numbers up to 2 larger than x), the product's sum.
        // In bf16 both factors are rounded besides, by 2^-8 each (8 bits): (1 + 2^-8)^2.
        double single = Math.Pow(2, -20), factors = precision == PrecisionChoice.BFloat16 ? (2 * Math.Pow(2, -8)) + Math.Pow(2, -16) : 0;
        float[] gradient = new float[first.Length], after = new float[first.Length];
        weight.ToFileOrder(weight.State(0), gradient);
        weight.Read(after);
        for (int c = 0; c < Classes; c++)
        {
            double sum = 0;
            for (int n = 0; n < Batch; n++)
                sum += dz[(n * Classes) + c];
            Assert.Equal(sum, bias.State(0)[c], ((single + factors) * Size(dz, c, null, 0, 0)));
            for (int f = 0; f < Features; f += 1 + (c % 7))
            {
                double expected = 0;
                for (int n = 0; n < Batch; n++)
                    expected += dz[(n * Classes) + c] * x[(n * Features) + f];
                int at = (c * Features) + f;
                if (Math.Abs(expected - gradient[at]) > (single * Size(dz, c, x, f, 2)) + (factors * Size(dz, c, x, f, 0)))
                    Assert.Fail($"d weight[{c}, {f}]: expected {expected}, got {gradient[at]}");
                if (after[at] != first[at] - (Rate * gradient[at]))
                    Assert.Fail($"weight[{c}, {f}] did not follow its gradient: {first[at]} - {Rate} * {gradient[at]} became {after[at]}");
            }
        }
    }

    /// <summary>(softmax(z) - target) / N of the logits that the plan computed itself: the loss has tests of its own.</summary>
    private static double[] LogitGradients(ReadOnlySpan<float> logits, int[] targets)
    {
        double[] result = new double[logits.Length];
        for (int n = 0; n < Batch; n++)
        {
            double sum = 0;
            for (int c = 0; c < Classes; c++)
                sum += Math.Exp(logits[(n * Classes) + c]);
            for (int c = 0; c < Classes; c++)
                result[(n * Classes) + c] = ((Math.Exp(logits[(n * Classes) + c]) / sum) - (c == targets[n] ? 1 : 0)) / Batch;
        }
        return result;
    }

    /// <summary>The sum of the sizes of what is added up, pixels taken for larger than they are.</summary>
    private static double Size(double[] dz, int c, double[]? x, int f, double larger)
    {
        double size = 0;
        for (int n = 0; n < Batch; n++)
            size += Math.Abs(dz[(n * Classes) + c]) * (x is null ? 1 : Math.Abs(x[(n * Features) + f]) + larger);
        return size;
    }

    /// <summary>Numbers of -1 to 1.</summary>
    private sealed class Draw(ulong seed)
    {
        private readonly PhiloxKey _key = new(seed, RandomStream.Split, 0, 0);
        private ulong _index;

        public float Next() => (_key.Unit(_index++) - 0.5f) * 2;
    }

    private sealed class KeepsGradients(bool elementwise) : UpdateRule
    {
        public override string Name => "keeps gradients";

        public override IReadOnlyList<string> States => ["gradient"];

        public override bool IsElementwise => elementwise;

        public override void Apply(Kernels.Threading.WorkerTeam team, StepState state, Parameter parameter, ReadOnlySpan<float> gradient)
        {
            gradient.CopyTo(parameter.State(0));
            Span<float> data = parameter.Data;
            for (int i = 0; i < data.Length; i++)
                data[i] -= (float)state.LearningRate * gradient[i];
            parameter.Changed();
        }
    }
}
