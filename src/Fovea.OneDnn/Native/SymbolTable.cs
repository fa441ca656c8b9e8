using System.Runtime.InteropServices;

namespace Fovea.OneDnn.Native;

/// <summary>
/// The functions of a loaded library by name. Missing ones are collected, so that a report can name them all instead of the first call failing.
/// </summary>
internal sealed class SymbolTable(nint library)
{
    private readonly List<string> _missing = [];

    public IReadOnlyList<string> Missing => _missing;

    /// <summary>
    /// The function's address; 0, and its name among the missing, where the library has none. Finds those of the libraries it depends on, too.
    /// </summary>
    public nint Find(string name)
    {
        nint address = FindOptional(name);
        if (address == 0)
            _missing.Add(name);
        return address;
    }

    /// <summary>The same for a function that one can do without: 0 where there is none.</summary>
    public nint FindOptional(string name) => NativeLibrary.TryGetExport(library, name, out nint address) ? address : 0;
}
