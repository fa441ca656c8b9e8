namespace Fovea.Data.Loading;

/// <summary>A sample that could not be read.</summary>
/// <param name="Index">Its index in the data set.</param>
/// <param name="Source">Where it comes from: a path, or such as <c>train image 17</c>.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record BrokenSample(int Index, string Source, string Reason);
