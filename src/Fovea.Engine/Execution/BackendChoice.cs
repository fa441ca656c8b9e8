namespace Fovea.Engine;

/// <summary>Which kernels a runtime uses: the command line's <c>--backend</c>.</summary>
public enum BackendChoice
{
    /// <summary>oneDNN where it is found, managed otherwise; the report says which and why.</summary>
    Auto,

    /// <summary>C# and SIMD only.</summary>
    Managed,

    /// <summary>oneDNN; an error where it is not found.</summary>
    OneDnn,
}
