namespace Fovea.Models;

/// <summary>An option that one network declares for itself, such as LeNet's activation.</summary>
/// <param name="Name">As on the command line, without dashes: "activation".</param>
/// <param name="Values">What is allowed; the first is the default.</param>
/// <param name="Help">What it does, in a few words.</param>
public sealed record ModelOption(string Name, IReadOnlyList<string> Values, string Help);
