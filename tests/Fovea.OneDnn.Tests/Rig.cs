using System.Runtime.InteropServices;

namespace Fovea.OneDnn.Tests;

/// <summary>
/// What each test needs: the library or a skip with the reason, native memory that is freed, and runs over logical (natural order) data.
/// </summary>
internal sealed unsafe class Rig : IDisposable
{
    private readonly List<nint> _memory = [];
    private readonly List<IDisposable> _owned = [];

    public Rig(int threads = 2)
    {
        bool found = OneDnnLibrary.TryLoad(threads, out IOneDnn? api, out string report);
        Skip.IfNot(found, report);
        Api = api!;
    }

    public IOneDnn Api { get; }

    public T Own<T>(T item) where T : IDisposable
    {
        _owned.Add(item);
        return item;
    }

    /// <summary>Takes what a creation returned; fails with the reason where that is null.</summary>
    public PrimitiveDesc Need(PrimitiveDesc? desc, string why)
    {
        Assert.True(desc is not null, why);
        Assert.Equal("", why);
        return Own(desc!);
    }

    /// <summary>A memory filled with a pattern that no kernel would produce, so that what is left unwritten shows.</summary>
    public nint Allocate(long bytes)
    {
        nint address = (nint)NativeMemory.AlignedAlloc((nuint)Math.Max(64, bytes), 64);
        new Span<byte>((void*)address, (int)bytes).Fill(0xC7);
        _memory.Add(address);
        return address;
    }

    public MemoryDesc NaturalOf(MemoryDesc desc) => Natural(desc.Dims.ToArray());

    public MemoryDesc Natural(params long[] dims) => Api.Plain(dims, DataType.F32, dims.Length switch
    {
        1 => FormatTag.X,
        2 => FormatTag.Nc,
        3 => FormatTag.Ncw,
        4 => FormatTag.Nchw,
        _ => FormatTag.Goihw,
    });

    public static Span<float> Floats(nint address, long count) => new((void*)address, (int)count);

    public void Copy(MemoryDesc from, nint source, MemoryDesc to, nint target)
    {
        using PrimitiveDesc desc = Api.Reorder(from, to, null, out string why) ?? throw new InvalidOperationException(why);
        using Primitive primitive = Api.CreatePrimitive(desc);
        MemoryDesc? scratchpad = desc.Query(Arg.Scratchpad);
        using BoundPrimitive bound = scratchpad is null
            ? Api.Bind(primitive, (Arg.Src, from, source), (Arg.Dst, to, target))
            : Api.Bind(primitive, (Arg.Src, from, source), (Arg.Dst, to, target), (Arg.Scratchpad, scratchpad, Allocate(scratchpad.ByteSize)));
        bound.Execute();
    }

    /// <summary>
    /// Binds memory to each argument that the primitive has, in its own layout, and fills the inputs from natural order.
    /// Scratchpad is added; `shared` gives arguments an address that another primitive filled (workspace, statistics).
    /// </summary>
    public Run Prepare(PrimitiveDesc desc, IReadOnlyDictionary<Arg, float[]> inputs, Arg[] outputs, IReadOnlyDictionary<Arg, nint>? shared = null)
    {
        Primitive primitive = Own(Api.CreatePrimitive(desc));
        List<(Arg, MemoryDesc, nint)> args = [];
        HashSet<Arg> wanted = [.. inputs.Keys, .. outputs, .. shared?.Keys ?? []];
        if (desc.Query(Arg.Scratchpad) is not null) wanted.Add(Arg.Scratchpad);
        foreach (Arg arg in wanted)
        {
            MemoryDesc own = desc.Query(arg) ?? throw new InvalidOperationException($"{desc} has no {arg}");
            nint address = shared is not null && shared.TryGetValue(arg, out nint given) ? given : Allocate(own.ByteSize);
            args.Add((arg, own, address));
        }

        BoundPrimitive bound = Own(Api.Bind(primitive, args.ToArray()));
        foreach ((Arg arg, MemoryDesc own, nint address) in args)
        {
            if (inputs.TryGetValue(arg, out float[]? values))
                Store(values, own, address);
        }

        return new Run(this, bound, args.ToDictionary(a => a.Item1, a => (a.Item2, a.Item3)));
    }

    public void Store(float[] values, MemoryDesc desc, nint address)
    {
        Assert.Equal(desc.ElementCount, values.Length);
        nint plain = Allocate(values.Length * 4L);
        values.CopyTo(Floats(plain, values.Length));
        Copy(NaturalOf(desc), plain, desc, address);
    }

    public float[] Load(MemoryDesc desc, nint address)
    {
        nint plain = Allocate(desc.ElementCount * 4);
        Copy(desc, address, NaturalOf(desc), plain);
        return Floats(plain, desc.ElementCount).ToArray();
    }

    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--) _owned[i].Dispose();
        foreach (nint address in _memory) NativeMemory.AlignedFree((void*)address);
        _memory.Clear();
    }
}

internal sealed class Run(Rig rig, BoundPrimitive bound, Dictionary<Arg, (MemoryDesc Desc, nint Address)> args)
{
    public BoundPrimitive Bound => bound;

    public nint Address(Arg arg) => args[arg].Address;

    public float[] Execute(Arg result)
    {
        bound.Execute();
        return Read(result);
    }

    public float[] Read(Arg arg) => rig.Load(args[arg].Desc, args[arg].Address);
}
