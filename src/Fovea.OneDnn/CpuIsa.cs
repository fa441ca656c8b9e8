namespace Fovea.OneDnn;

/// <summary>Names of dnnl_cpu_isa_t.</summary>
internal static class CpuIsa
{
    public static string Name(int isa) => isa switch
    {
        0x1 => "sse41",
        0x3 => "avx",
        0x7 => "avx2",
        0x407 => "avx2_vnni",
        0xf => "avx512_mic",
        0x1f => "avx512_mic_4ops",
        0x27 => "avx512_core",
        0x67 => "avx512_core_vnni",
        0xe7 => "avx512_core_bf16",
        0x3e7 => "avx512_core_amx",
        0 => "no limit",
        _ => $"instruction set {isa:x}",
    };
}
