using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Ops;

/// <summary>The memory of a <see cref="GradientProductStep"/>.</summary>
/// <param name="Src">The source.</param>
/// <param name="DiffDst">The result's gradient.</param>
/// <param name="DiffWeights">The weights' gradient.</param>
/// <param name="DiffBias">The bias' gradient; null without one.</param>
/// <param name="Left">Every thread's left side.</param>
/// <param name="Right">Every thread's right side.</param>
/// <param name="Places">Every thread's places of pixels.</param>
/// <param name="Scratchpad">Every thread's memory for oneDNN.</param>
/// <param name="Sums">The products.</param>
/// <param name="BiasSums">Every split's sums of the bias' gradient.</param>
internal sealed record GradientBuffers(
    Buffer Src, Buffer DiffDst, Buffer DiffWeights, Buffer? DiffBias, Buffer Left, Buffer Right, Buffer Places, Buffer Scratchpad, Buffer Sums, Buffer BiasSums)
{
    /// <summary>What the step writes.</summary>
    public Buffer[] Written => [DiffWeights, .. (ReadOnlySpan<Buffer>)(DiffBias is null ? [] : [DiffBias]), Left, Right, Places, Scratchpad, Sums, BiasSums];
}

/// <summary>The gradients of weights and bias by <see cref="GradientCut"/>: a thread packs both sides of a product into its own cache and multiplies them there.</summary>
internal sealed class GradientProductStep : Step
{
    private readonly IOneDnn _api;
    private readonly WorkerTeam _team;
    private readonly Conv2dShape _shape;
    private readonly GradientCut _cut;
    private readonly PrimitiveDesc _desc;
    private readonly GradientBuffers _memory;
    private readonly Action<int, int> _task;
    private Primitive? _primitive;
    private BoundPrimitive[] _products = [];

    public GradientProductStep(
        IOneDnn api, WorkerTeam team, string layer, in Conv2dShape shape, in GradientCut cut, PrimitiveDesc desc, GradientBuffers memory)
        : base(layer, "backward weights", $"oneDNN {desc.Implementation} on panels", [memory.Src, memory.DiffDst], memory.Written)
    {
        (_api, _team, _shape, _cut, _desc, _memory) = (api, team, shape, cut, desc, memory);
        _task = Do;
    }

    public override void Bind()
    {
        _primitive = _api.WithThreads(1, () => _api.CreatePrimitive(_desc));
        _products = [.. Enumerable.Range(0, _team.Threads).Select(Product)];
    }

    public override void Run()
    {
        _team.Run(_cut.Tasks, _task);
        GradientSums.Weights(_team, _shape, _cut, _memory.Sums.Floats, _memory.DiffWeights.Floats);
        if (_memory.DiffBias is { } bias)
            GradientSums.Bias(_memory.BiasSums.Floats, bias.Floats);
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            foreach (BoundPrimitive product in _products)
                product.Dispose();
            _primitive?.Dispose();
            _desc.Dispose();
        }
        base.Dispose(disposing);
    }

    private BoundPrimitive Product(int worker)
    {
        nint Own(Buffer all) => all.Address + (nint)(all.Bytes / _team.Threads * worker);
        (MemoryDesc left, MemoryDesc right, MemoryDesc dst) = (_desc.Query(Arg.Src)!, _desc.Query(Arg.Weights)!, _desc.Query(Arg.Dst)!);
        return _desc.Query(Arg.Scratchpad) is { ByteSize: > 0 } scratchpad
            ? _api.Bind(
                _primitive!, (Arg.Src, left, Own(_memory.Left)), (Arg.Weights, right, Own(_memory.Right)), (Arg.Dst, dst, _memory.Sums.Address),
                (Arg.Scratchpad, scratchpad, Own(_memory.Scratchpad)))
            : _api.Bind(_primitive!, (Arg.Src, left, Own(_memory.Left)), (Arg.Weights, right, Own(_memory.Right)), (Arg.Dst, dst, _memory.Sums.Address));
    }

    private void Do(int task, int worker)
    {
        (int split, int group, int firstChunk, int endChunk, int firstPart, int endPart) = _cut.Of(task);
        Span<ushort> left = Own<ushort>(_memory.Left, worker), right = Own<ushort>(_memory.Right, worker);
        Span<int> places = Own<int>(_memory.Places, worker);
        // One group of every split adds up the bias.
        Span<float> bias = _memory.DiffBias is null || group > 0 ? [] : _memory.BiasSums.Floats.Slice(split * _shape.OC, _shape.OC);
        bias.Clear();
        int length = _cut.SumLength(_shape);
        long firstSum = (long)split * _cut.Parts;
        if (_cut.Accumulates)
            _memory.Sums.Floats.Slice((int)((firstSum + firstPart) * length), (endPart - firstPart) * length).Clear();
        for (int chunk = firstChunk; chunk < endChunk; chunk++)
        {
            GradientPanels.Left(_shape, _cut, chunk, _memory.DiffDst.Span<ushort>(), left, bias);
            for (int part = firstPart; part < endPart; part++)
            {
                GradientPanels.Right(_shape, _cut, chunk, part, _memory.Src.Span<ushort>(), right, places);
                _products[worker].SetAddress(Arg.Dst, _memory.Sums.Address + (nint)((firstSum + part) * length * sizeof(float)));
                _products[worker].Execute();
            }
        }
    }

    private Span<T> Own<T>(Buffer all, int worker)
        where T : unmanaged
    {
        Span<T> every = all.Span<T>();
        int length = every.Length / _team.Threads;
        return every.Slice(length * worker, length);
    }
}
