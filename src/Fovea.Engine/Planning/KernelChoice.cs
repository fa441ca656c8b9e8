namespace Fovea.Engine.Planning;

/// <summary>One decision of a plan between several ways of computing the same thing.</summary>
/// <param name="LayerIndex">The layer's place in the graph.</param>
/// <param name="Key">What was to be computed, in words: op, sizes, batch, precision, mode, pass. Layers with equal keys get the same kernel.</param>
/// <param name="Chosen">The name of the way that the plan follows.</param>
/// <param name="Rule">The name of the way that the rule takes where nobody says otherwise.</param>
/// <param name="Alternatives">Names every way that would do; looking for them makes native kernels' descriptions, so ask only to measure them.</param>
public sealed record KernelChoice(int LayerIndex, string Key, string Chosen, string Rule, Func<IReadOnlyList<string>> Alternatives);

/// <summary>Says which of several ways of computing something a plan is to follow.</summary>
public interface IKernelChoices
{
    /// <summary>The way's name; null leaves it to the rule. A name that does not fit does so, too.</summary>
    /// <param name="key">See <see cref="KernelChoice.Key"/>.</param>
    string? Find(string key);
}

/// <summary>What kernels run on: measured choices hold for nothing else.</summary>
/// <param name="Kernels">Source and version of the kernels, with the instructions that they use: "oneDNN 2.6.3, avx512_core_bf16".</param>
/// <param name="Threads">Threads of every kernel.</param>
public sealed record KernelHost(string Kernels, int Threads);
