namespace Fovea.Engine.Planning;

/// <summary>A tensor of the plan: where it lies and how.</summary>
/// <param name="Buffer">Its memory.</param>
/// <param name="Layout">Its layout.</param>
public sealed record Value(Buffer Buffer, Layout Layout);
