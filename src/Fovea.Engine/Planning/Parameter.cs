using Fovea.Kernels;

namespace Fovea.Engine.Planning;

/// <summary>The one home of a parameter: its float32 master and the optimizer's state. Plans hold kernel copies only.</summary>
public sealed class Parameter : IDisposable
{
    private readonly NativeBuffer _data;
    private readonly List<NativeBuffer> _states = [];
    private NativeBuffer? _half;
    private long _halfVersion;
    private NativeBuffer? _gradient;
    private readonly Parameter? _whole;
    private readonly long _first, _count;

    /// <summary>A parameter of zeros.</summary>
    public Parameter(string name, ParameterSpec spec)
    {
        Name = name;
        Spec = spec;
        _data = new NativeBuffer(spec.Elements * sizeof(float));
        Master = new Buffer(name, _data);
        Trainable = spec.IsTrained;
    }

    private Parameter(Parameter whole, long first, long count)
    {
        (_whole, _first, _count, _data) = (whole, first, count, whole._data);
        (Name, Spec, Master, Trainable) = (whole.Name, whole.Spec, whole.Master, whole.Trainable);
    }

    /// <summary>Its key: "features.0.weight".</summary>
    public string Name { get; }

    /// <summary>Shape, role and fans.</summary>
    public ParameterSpec Spec { get; }

    /// <summary>Grows with every change of the master; kernel copies follow it.</summary>
    public long Version { get; private set; } = 1;

    /// <summary>False where training must leave it as it is.</summary>
    public bool Trainable { get; set; }

    /// <summary>The master as a buffer that steps can read.</summary>
    public Buffer Master { get; }

    /// <summary>The master's values in memory order. Call <see cref="Changed"/> after writing.</summary>
    public Span<float> Data => _whole is null ? _data.Span<float>() : _data.Span<float>(_first * sizeof(float), _count);

    /// <summary>State buffers that exist.</summary>
    public int StateCount => _states.Count;

    /// <summary>The optimizer's state buffer <paramref name="index"/> in memory order.</summary>
    public Span<float> State(int index) =>
        _whole is null ? _states[index].Span<float>() : _whole._states[index].Span<float>(_first * sizeof(float), _count);

    /// <summary>The gradient that several batches share, in memory order; null where no plan accumulates.</summary>
    public Buffer? Gradient { get; private set; }

    /// <summary>
    /// Part of the parameter, for who updates it: <see cref="Data"/>, <see cref="State"/> and <see cref="HalfData"/> are windows on the parameter's own. Nothing else of it
    /// is for use, and it is not disposed.
    /// </summary>
    /// <param name="first">Its first value, in memory order.</param>
    /// <param name="count">Its values.</param>
    public Parameter Piece(long first, long count) => new(this, first, count);

    /// <summary>Says that the master has new values.</summary>
    public void Changed() => Version++;

    /// <summary>
    /// The master's values rounded to bfloat16, in memory order; made when first asked for. It is what every plan of bfloat16 reads, so it lies beside the master and
    /// not in a plan's arena; <see cref="RefreshHalf"/> brings it up to date.
    /// </summary>
    public Buffer Half
    {
        get
        {
            _half ??= new NativeBuffer(Spec.Elements * sizeof(ushort));
            return field ??= new Buffer($"{Name} bf16", _half);
        }
    }

    /// <summary>The values of <see cref="Half"/>, for who updates the parameter; empty where nobody has asked for the copy.</summary>
    public Span<ushort> HalfData =>
        _whole is { _half: { } whole } ? whole.Span<ushort>(_first * sizeof(ushort), _count) : _half is null ? [] : _half.Span<ushort>();

    /// <summary>Says that the master has new values, and its rounded copy too.</summary>
    public void ChangedWithHalf() => _halfVersion = ++Version;

    /// <summary>Rounds the master again, if there is a copy and the master has changed since.</summary>
    public void RefreshHalf(WorkerTeam team)
    {
        if (_half is null || _halfVersion == Version)
            return;
        BFloat16.Convert(team, Data, _half.Span<ushort>());
        _halfVersion = Version;
    }

    /// <summary>Makes <paramref name="count"/> state buffers of zeros where they are missing.</summary>
    public void EnsureStates(int count)
    {
        while (_states.Count < count)
            _states.Add(new NativeBuffer(Spec.Elements * sizeof(float)));
    }

    /// <summary>Sets every state buffer to zeros, as before the first step.</summary>
    public void ClearStates()
    {
        for (int i = 0; i < StateCount; i++)
            State(i).Clear();
    }

    /// <summary>Makes <see cref="Gradient"/> where it is missing.</summary>
    public Buffer EnsureGradient()
    {
        _gradient ??= new NativeBuffer(Spec.Elements * sizeof(float));
        return Gradient ??= new Buffer($"{Name} gradient", _gradient);
    }

    /// <summary>Sets the master from values in PyTorch's order.</summary>
    public void Write(ReadOnlySpan<float> values)
    {
        ToMemoryOrder(values, Data);
        Changed();
    }

    /// <summary>Says that <see cref="Data"/> was filled in PyTorch's order: brings it into memory order, row by row, without a second copy.</summary>
    public void ArrangeInPlace()
    {
        if (Spec.Columns is { } columns)
        {
            float[] row = new float[columns.Features];
            Span<float> data = Data;
            for (int i = 0; i < data.Length; i += row.Length)
            {
                data.Slice(i, row.Length).CopyTo(row);
                ReorderRow(columns, row, data.Slice(i, row.Length), toFile: false);
            }
        }
        Changed();
    }

    /// <summary>Copies the master out in PyTorch's order.</summary>
    public void Read(Span<float> values) => ToFileOrder(Data, values);

    /// <summary>Copies values in memory order (a master, a gradient, a state) out in PyTorch's order.</summary>
    public void ToFileOrder(ReadOnlySpan<float> memory, Span<float> file) => Reorder(memory, file, toFile: true);

    /// <summary>Copies values in PyTorch's order into memory order.</summary>
    public void ToMemoryOrder(ReadOnlySpan<float> file, Span<float> memory) => Reorder(file, memory, toFile: false);

    /// <inheritdoc/>
    public void Dispose()
    {
        _data.Dispose();
        _half?.Dispose();
        _gradient?.Dispose();
        foreach (NativeBuffer state in _states)
            state.Dispose();
    }

    private void Reorder(ReadOnlySpan<float> from, Span<float> to, bool toFile)
    {
        if (from.Length != Spec.Elements || to.Length != Spec.Elements)
            throw new FoveaException($"{Name} has {Spec.Elements} values; got {from.Length} to copy into {to.Length}.");
        if (Spec.Columns is not { } columns)
        {
            from.CopyTo(to);
            return;
        }
        for (int row = 0; row < from.Length; row += columns.Features)
            ReorderRow(columns, from.Slice(row, columns.Features), to.Slice(row, columns.Features), toFile);
    }

    private static void ReorderRow(TensorShape columns, ReadOnlySpan<float> from, Span<float> to, bool toFile)
    {
        int pixels = columns.H * columns.W;
        for (int c = 0; c < columns.C; c++)
        {
            for (int p = 0; p < pixels; p++)
            {
                int file = c * pixels + p, memory = p * columns.C + c;
                to[toFile ? file : memory] = from[toFile ? memory : file];
            }
        }
    }
}
