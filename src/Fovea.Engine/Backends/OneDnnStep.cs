using Fovea.Engine.Planning;
using Fovea.OneDnn;
using Buffer = Fovea.Engine.Planning.Buffer;

namespace Fovea.Engine.Backends;

/// <summary>One argument of a oneDNN primitive.</summary>
/// <param name="Arg">Which one.</param>
/// <param name="Desc">How it lies.</param>
/// <param name="Buffer">Where it lies.</param>
/// <param name="Written">Says that the primitive writes it where that depends on its options; what is always a result need not say so.</param>
/// <param name="Offset">Bytes of the buffer before what is meant.</param>
public readonly record struct OneDnnArgument(Arg Arg, MemoryDesc Desc, Buffer Buffer, bool Written = false, long Offset = 0)
{
    /// <summary>True where the primitive writes it.</summary>
    public bool IsWritten(bool backward) => Arg switch
    {
        Arg.Dst or Arg.DiffSrc or Arg.DiffWeights or Arg.DiffBias or Arg.Scratchpad => true,
        Arg.Workspace => !backward,
        _ => Written,
    };
}

/// <summary>A oneDNN primitive over the plan's buffers. It is created once the buffers have their places.</summary>
internal sealed class OneDnnStep : Step
{
    private readonly IOneDnn _api;
    private readonly PrimitiveDesc _desc;
    private readonly OneDnnArgument[] _arguments;
    private Primitive? _primitive;
    private BoundPrimitive? _bound;

    public OneDnnStep(IOneDnn api, string layer, string work, PrimitiveDesc desc, OneDnnArgument[] arguments, bool backward)
        : base(layer, work, $"oneDNN {desc.Implementation}",
            [.. arguments.Where(a => !a.IsWritten(backward)).Select(a => a.Buffer)],
            [.. arguments.Where(a => a.IsWritten(backward)).Select(a => a.Buffer)])
    {
        _api = api;
        _desc = desc;
        _arguments = arguments;
    }

    public override void Bind()
    {
        _primitive = _api.CreatePrimitive(_desc);
        // The primitive has its own copy.
        _desc.Dispose();
        (Arg, MemoryDesc, nint)[] bound = [.. _arguments.Select(a => (a.Arg, a.Desc, a.Buffer.Address + (nint)a.Offset))];
        _bound = _api.Bind(_primitive, bound);
    }

    public override void Run() => _bound!.Execute();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _bound?.Dispose();
            _primitive?.Dispose();
            _desc.Dispose();
        }
        base.Dispose(disposing);
    }
}
