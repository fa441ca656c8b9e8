using System.Runtime.InteropServices;

namespace Fovea.OneDnn.Native;

/// <summary>
/// An object of oneDNN that is destroyed once: when it is disposed of, or by the finalizer, but not before its last user let go of it.
/// </summary>
internal sealed unsafe class NativeHandle : SafeHandle
{
    private readonly delegate* unmanaged<nint, Status> _destroy;

    public NativeHandle(nint value, delegate* unmanaged<nint, Status> destroy) : base(0, true)
    {
        _destroy = destroy;
        SetHandle(value);
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => _destroy(handle) == Status.Success;
}
