using Fovea.Engine.Planning;

namespace Fovea.Engine.Tests;

/// <summary>An op on its tensors, run forward and backward once by a training plan on one backend.</summary>
internal sealed class OpRun : IDisposable
{
    private readonly Runtime _runtime;
    private readonly Plan _plan;
    private readonly ParameterSet _parameters;
    private readonly TensorShape _output;

    public OpRun(OpCase c, BackendChoice backend, int threads = 2, PrecisionChoice precision = PrecisionChoice.Float32,
        Func<KernelHost, IKernelChoices?>? kernels = null)
    {
        Node[] sources = [TensorSource.Node(c.Batch, c.Shape), .. c.Others.Select((shape, i) => TensorSource.Node(c.Batch, shape, $"source{i + 2}"))];
        // As between other layers of such a plan, the op's inputs are bfloat16 already.
        if (precision == PrecisionChoice.BFloat16)
            sources = [.. sources.Select((source, i) => source.Apply(new Rounded(), $"rounded{i}"))];
        Node node = c.Apply(sources)!;
        Graph graph = Graph.Create(c.Name, node, c.Shape);
        _output = graph.Output.Output;
        _runtime = new Runtime(new RuntimeOptions { Backend = backend, Threads = threads, Precision = precision, Kernels = kernels });
        _parameters = ParameterSet.For(graph);
        _plan = _runtime.Compile(graph, _parameters, new PlanOptions { Batch = c.Batch, Training = true, Loss = new Probe(), KeepGradients = true });
        // Memory that was never used is zero, and what a step forgot to write may look right.
        foreach (Engine.Planning.Buffer buffer in _plan.Buffers.Where(buffer => buffer.InArena))
            buffer.Span<byte>().Fill(0xFF);
        Key = graph.Layers.FirstOrDefault(layer => layer.Node.Name == "op")?.Node.Name ?? "none";
    }

    /// <summary>With the golden's inputs, run once.</summary>
    public static OpRun Prepared(
        OpCase c, BackendChoice backend, PrecisionChoice precision = PrecisionChoice.Float32, Func<KernelHost, IKernelChoices?>? kernels = null)
    {
        OpRun run = new(c, backend, precision: precision, kernels: kernels);
        Goldens.Tensor(c.Name, "src")!.CopyTo(run.Src);
        foreach (Parameter other in run.Others)
            other.Write(Goldens.Tensor(c.Name, $"src{other.Name["source".Length..^".value".Length]}")!);
        run.SetParameters(c.Name);
        run.SetDiffDst(Goldens.Tensor(c.Name, "diffDst")!);
        run.Run();
        return run;
    }

    public string Key { get; }

    public Plan Plan => _plan;

    public Span<float> Src => _parameters["source.value"].Data;

    public Parameter? Weight => _parameters.Find($"{Key}.weight");

    public Parameter? Bias => _parameters.Find($"{Key}.bias");

    public float[] Result => ToFileOrder(_plan.InterfaceFloats("result"));

    /// <summary>Further inputs.</summary>
    public IEnumerable<Parameter> Others => _parameters.All.Where(p => p.Name.StartsWith("source", StringComparison.Ordinal)).Skip(1);

    /// <summary>A statistic that the op keeps.</summary>
    public Parameter? Running(string suffix) => _parameters.Find($"{Key}.{suffix}");

    public float[] DiffSrc => _plan.Gradient(_parameters["source.value"]).ToArray();

    public float[] GradientOf(Parameter parameter) => _plan.Gradient(parameter).ToArray();

    public void SetDiffDst(ReadOnlySpan<float> values) => ToMemoryOrder(values).CopyTo(_plan.InterfaceFloats("diffDst"));

    /// <summary>Sets the parameters of the op, and of the layer before it that has its first ones as constants.</summary>
    public void SetParameters(string caseName)
    {
        Weight?.Write(Goldens.Tensor(caseName, "weights")!);
        Bias?.Write(Goldens.Tensor(caseName, "bias")!);
        foreach ((string suffix, string tensor) in ((string, string)[])[("weight", "weights"), ("bias", "bias")])
        {
            if (_parameters.Find($"first.{suffix}") is { } first)
                first.Write(Goldens.Tensor(caseName, tensor)!.AsSpan(0, (int)first.Spec.Elements));
        }
    }

    public void Run() => _plan.Run();

    public void Dispose()
    {
        _runtime.Dispose();
        _parameters.Dispose();
    }

    /// <summary>Flat tensors lie in HWC order in memory; goldens are CHW.</summary>
    private float[] ToFileOrder(ReadOnlySpan<float> memory) => Permute(memory, toFile: true);

    private float[] ToMemoryOrder(ReadOnlySpan<float> file) => Permute(file, toFile: false);

    private float[] Permute(ReadOnlySpan<float> from, bool toFile)
    {
        float[] to = from.ToArray();
        if (!_output.IsFlat || _output.H * _output.W == 1)
            return to;
        int features = _output.Features, pixels = _output.H * _output.W;
        for (int i = 0; i < to.Length; i++)
        {
            int row = i / features * features, c = i % features / pixels, p = i % pixels;
            int memory = row + p * _output.C + c;
            if (toFile)
                to[i] = from[memory];
            else
                to[memory] = from[i];
        }
        return to;
    }
}
