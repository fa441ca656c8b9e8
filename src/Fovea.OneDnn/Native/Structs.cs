using System.Runtime.InteropServices;

namespace Fovea.OneDnn.Native;

/// <summary>dnnl_version_t; only ever read from the library's own.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly struct VersionInfo
{
    public readonly int Major;
    public readonly int Minor;
    public readonly int Patch;
    public readonly nint Hash;
    public readonly uint CpuRuntime;
    public readonly uint GpuRuntime;
}

/// <summary>dnnl_exec_arg_t.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ExecArg
{
    public int Arg;
    public nint Memory;
}
