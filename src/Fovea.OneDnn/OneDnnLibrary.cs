using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Fovea.OneDnn.Native;
using Fovea.OneDnn.V2;

namespace Fovea.OneDnn;

/// <summary>
/// Finds and loads oneDNN. Nothing here throws over a library that is missing, too old, too new or broken: the report says what is the matter.
/// </summary>
public static unsafe class OneDnnLibrary
{
    /// <summary>The environment variable that switches oneDNN off (<c>off</c>) or names the file to load.</summary>
    public const string EnvironmentVariable = "FOVEA_ONEDNN";

    /// <summary>
    /// Threads, or processors, with which loading lets OpenMP's workers spin for a moment between primitives, unless the user's environment says how they wait: other work
    /// is expected on the same threads then (<see cref="IOneDnn.OpenMp"/>). With more, they would hold processors that threads of another kind want.
    /// </summary>
    public const int SpinningThreads = 2;

    private const string DefaultName = "libdnnl.so.2";
    private const string NextName = "libdnnl.so.3";
    private const uint OpenMpRuntime = 2;
    private static readonly Version Oldest = new(2, 6);
    private static readonly Lock Gate = new();
    private static readonly Dictionary<string, OneDnnV2> Loaded = [];

    /// <summary>
    /// Loads oneDNN (once per process; later calls give the same object) as <see cref="EnvironmentVariable"/> says, else <c>libdnnl.so.2</c> from the
    /// system's
    /// library path, and sets OpenMP's thread count for the calling OS thread.
    /// </summary>
    /// <param name="threads">OpenMP threads for primitives made on this OS thread; at least 1.</param>
    /// <param name="api">oneDNN; null where the result is false.</param>
    /// <param name="report">A sentence for the user: what was found, or what is missing and what to do about it.</param>
    public static bool TryLoad(int threads, [NotNullWhen(true)] out IOneDnn? api, out string report) =>
        TryLoad(threads, Environment.GetEnvironmentVariable(EnvironmentVariable), out api, out report);

    /// <summary>The same with the setting given: <c>off</c>, a file's path, or null or empty for the default.</summary>
    public static bool TryLoad(int threads, string? setting, [NotNullWhen(true)] out IOneDnn? api, out string report)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        api = null;
        if (string.Equals(setting, "off", StringComparison.OrdinalIgnoreCase))
        {
            report = $"oneDNN is switched off ({EnvironmentVariable}=off).";
            return false;
        }

        string name = string.IsNullOrEmpty(setting) ? DefaultName : setting;
        lock (Gate)
        {
            if (!Loaded.TryGetValue(name, out OneDnnV2? found))
            {
                found = Load(name, named: name != DefaultName, threads, out report);
                if (found is null)
                    return false;
                Loaded.Add(name, found);
            }

            found.SetThreads(threads);
            api = found;
            string count = threads == 1 ? "1 thread" : $"{threads} threads";
            report = $"oneDNN {found.Version} with OpenMP ({count}), instruction set {found.EffectiveIsa}, {found.LibraryPath}.";
            return true;
        }
    }

    private static OneDnnV2? Load(string name, bool named, int threads, out string report)
    {
        // libgomp reads both when it is loaded. Without the first, waiting workers spin and take the cores that the loader's threads need. But a sleeping worker is
        // woken through the kernel, which takes 30 to 100 us on a virtual machine, often longer than what it is woken for. So they spin for a moment: long enough for the
        // next kernel of a step to come, too short to be felt by others. Who chose a policy chose how long to spin, too.
        if (LibC.SetEnvironmentIfUnset("OMP_WAIT_POLICY", "PASSIVE") && (threads == SpinningThreads || Environment.ProcessorCount == SpinningThreads))
            LibC.SetEnvironmentIfUnset("GOMP_SPINCOUNT", "2000");
        nint library;
        try
        {
            library = NativeLibrary.Load(name);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            report = NotLoaded(name, named, e.Message);
            return null;
        }

        return Open(library, name, out report);
    }

    private static OneDnnV2? Open(nint library, string name, out string report)
    {
        SymbolTable symbols = new(library);
        CommonNative common = new(symbols);
        if (common.Version == null)
        {
            report = $"{name} is not oneDNN: it has no function dnnl_version. {Advice}";
            return null;
        }

        VersionInfo* info = common.Version();
        Version version = new(info->Major, info->Minor, info->Patch);
        string path = LibC.FileOf((nint)common.Version) ?? name;
        if (version.Major != Oldest.Major || version < Oldest)
        {
            report = $"oneDNN {version} at {path} cannot be used: Fovea needs {Oldest} or later of version {Oldest.Major}. {Advice}";
            return null;
        }

        if (info->CpuRuntime != OpenMpRuntime)
        {
            report = $"oneDNN {version} at {path} cannot be used: it was built for another thread runtime than OpenMP. {Advice}";
            return null;
        }

        NativeV2 native = new(symbols);
        if (symbols.Missing.Count > 0)
        {
            report = $"oneDNN {version} at {path} cannot be used: it lacks {Some(symbols.Missing)}. {Advice}";
            return null;
        }

        try
        {
            report = "";
            return new OneDnnV2(common, native, version, path);
        }
        catch (OneDnnException e)
        {
            report = $"oneDNN {version} at {path} does not start: {e.Message}";
            return null;
        }
    }

    private static string Some(IReadOnlyList<string> names) =>
        names.Count <= 3 ? string.Join(", ", names) : $"{names.Count} functions, {string.Join(", ", names.Take(3))} among them";

    // What is missing may be the library itself, or one that it depends on (libgomp).
    private static string NotLoaded(string name, bool named, string message)
    {
        (string line, bool dependency) = LoaderReason.Of(name, message);
        if (named || dependency)
            return $"oneDNN could not be loaded from {name}: {line}. {Advice}";
        string next = NativeLibrary.TryLoad(NextName, out _) ? $" Version 3 is there ({NextName}), which Fovea does not use yet." : "";
        return $"oneDNN was not found ({name}).{next} {Advice}";
    }

    private static string Advice =>
        $"On Debian and Ubuntu, `apt-get install libdnnl2` installs it; {EnvironmentVariable} may name the file of another {DefaultName}, or be off.";
}
