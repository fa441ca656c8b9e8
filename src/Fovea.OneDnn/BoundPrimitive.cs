using System.Runtime.InteropServices;
using Fovea.OneDnn.Native;

namespace Fovea.OneDnn;

/// <summary>
/// A primitive with memory bound to each argument: executing is one native call that allocates nothing managed. Not for use by several threads at
/// once.
/// </summary>
public sealed unsafe class BoundPrimitive : IDisposable
{
    private readonly Runtime _runtime;
    private readonly NativeHandle _primitive;
    private readonly string _what;
    private readonly nint _stream;
    private readonly nint _rawPrimitive;
    private ExecArg* _args;
    private int _count;

    internal BoundPrimitive(Runtime runtime, Primitive primitive, ReadOnlySpan<(Arg Arg, MemoryDesc Desc, nint Address)> args)
    {
        _runtime = runtime;
        _what = primitive.What;
        _stream = runtime.Stream;
        bool held = false;
        primitive.Handle.DangerousAddRef(ref held);
        _primitive = primitive.Handle;
        _rawPrimitive = _primitive.DangerousGetHandle();
        _args = (ExecArg*)NativeMemory.AllocZeroed((nuint)Math.Max(1, args.Length), (nuint)sizeof(ExecArg));
        try
        {
            foreach ((Arg arg, MemoryDesc desc, nint address) in args)
            {
                nint memory = runtime.CreateMemory(desc, address, $"{arg} of {_what}");
                _args[_count++] = new ExecArg { Arg = (int)arg, Memory = memory };
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Gives the native objects back if nobody disposed of this.</summary>
    ~BoundPrimitive() => Release();

    /// <summary>Runs the primitive on the bound memory and waits until it is done. On the thread that created the primitive.</summary>
    /// <exception cref="OneDnnException">oneDNN refuses: an argument is not bound.</exception>
    public void Execute()
    {
        ObjectDisposedException.ThrowIf(_args == null, this);
        Status status = _runtime.Common.PrimitiveExecute(_rawPrimitive, _stream, _count, _args);
        if (status == Status.Success)
            status = _runtime.Common.StreamWait(_stream);
        status.Check("dnnl_primitive_execute", _what);
        GC.KeepAlive(this);
    }

    /// <summary>
    /// Moves an argument to another address; its descriptor stays, and no memory is written.
    /// </summary>
    /// <exception cref="OneDnnException">No such argument is bound.</exception>
    public void SetAddress(Arg arg, nint address)
    {
        ObjectDisposedException.ThrowIf(_args == null, this);
        for (int i = 0; i < _count; i++)
        {
            if (_args[i].Arg != (int)arg)
                continue;
            Status status = _runtime.Common.MemorySetDataHandle(_args[i].Memory, address);
            if (status != Status.Success) // the text is made only where it is read: this must not allocate
                status.Check("dnnl_memory_set_data_handle", $"{arg} of {_what}");
            GC.KeepAlive(this);
            return;
        }

        throw new OneDnnException($"oneDNN: {arg} of {_what} cannot be moved: no memory is bound to it.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private void Release()
    {
        if (_args == null)
            return;
        for (int i = 0; i < _count; i++)
            _runtime.Common.MemoryDestroy(_args[i].Memory);
        NativeMemory.Free(_args);
        _args = null;
        _count = 0;
        _primitive.DangerousRelease();
    }
}
