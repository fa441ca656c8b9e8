namespace Fovea.Engine.Planning;

/// <summary>What a buffer holds; reports add up by it.</summary>
public enum BufferKind
{
    /// <summary>Pixels and labels that the caller fills, and results that the caller reads.</summary>
    Interface,

    /// <summary>The result of a layer.</summary>
    Activation,

    /// <summary>The gradient of a layer's result.</summary>
    ActivationGradient,

    /// <summary>The gradient of a parameter.</summary>
    ParameterGradient,

    /// <summary>A parameter in the layout of one kernel.</summary>
    KernelCopy,

    /// <summary>What a forward kernel leaves for its backward one.</summary>
    Workspace,

    /// <summary>Memory that a kernel needs while it runs.</summary>
    Scratch,

    /// <summary>A parameter's master: lives outside the arena.</summary>
    Master,
}

/// <summary>
/// A piece of memory of a plan. Its address is known once the plan is placed; until then it is a name, a size and, through the steps that use it, a lifetime.
/// </summary>
public sealed class Buffer
{
    private Arena? _arena;
    private NativeBuffer? _home;

    /// <summary>A buffer that the memory planner places in the arena.</summary>
    /// <param name="name">For reports: "features.0 dst".</param>
    /// <param name="bytes">Size; 0 is allowed and takes no memory.</param>
    /// <param name="kind">What it holds.</param>
    /// <param name="persistent">True where its content must outlive the step: it then shares its memory with nothing.</param>
    public Buffer(string name, long bytes, BufferKind kind, bool persistent = false)
    {
        Name = name;
        Bytes = bytes;
        Kind = kind;
        Persistent = persistent;
    }

    /// <summary>A buffer that is memory owned by somebody else.</summary>
    public Buffer(string name, NativeBuffer home) : this(name, home.Bytes, BufferKind.Master)
    {
        _home = home;
    }

    /// <summary>For reports.</summary>
    public string Name { get; }

    /// <summary>Place in the graph of the layer that asked for it; the loss comes behind the last one, and -1 is none.</summary>
    public int LayerIndex { get; internal set; } = -1;

    /// <summary>Size in bytes.</summary>
    public long Bytes { get; }

    /// <summary>What it holds.</summary>
    public BufferKind Kind { get; }

    /// <summary>How the tensor in it lies, for reports: "nhwc"; null for what is no tensor.</summary>
    public string? LayoutTag { get; internal set; }

    /// <summary>True where it keeps its memory for the whole life of the plan.</summary>
    public bool Persistent { get; internal set; }

    /// <summary>True where the memory planner has to find it a place.</summary>
    public bool InArena => _home is null;

    /// <summary>Distance from the arena's base in bytes, once placed.</summary>
    public long Offset { get; private set; } = -1;

    /// <summary>The address, once placed.</summary>
    public nint Address => _home is null ? _arena!.Address(Offset) : _home.Address;

    /// <summary>The content as float32, once placed.</summary>
    public Span<float> Floats => Span<float>();

    /// <summary>The content as values of <typeparamref name="T"/>, once placed.</summary>
    public Span<T> Span<T>() where T : unmanaged
    {
        // A buffer without bytes has no place: an argument that this plan does not need.
        if (Bytes == 0)
            return default;
        long count = Bytes / System.Runtime.CompilerServices.RuntimeHelpers.SizeOf(typeof(T).TypeHandle);
        return _home is null ? _arena!.Span<T>(Offset, count) : _home.Span<T>();
    }

    /// <summary>Gives the buffer its place.</summary>
    internal void Place(Arena arena, long offset) => (_arena, Offset) = (arena, offset);

    /// <summary>"features.0 dst (17.7 MiB)".</summary>
    public override string ToString() => FormattableString.Invariant($"{Name} ({Bytes / 1048576.0:0.0} MiB)");
}
