using Fovea.Engine.Planning;

namespace Fovea.Engine.Tuning;

/// <summary>One way of computing something, timed.</summary>
/// <param name="Name">Its name; see <see cref="KernelChoice"/>.</param>
/// <param name="Seconds">The median of its kernel's time and that of copies of parameters, alone.</param>
public sealed record TunedWay(string Name, double Seconds);

/// <summary>What was found for one key.</summary>
/// <param name="Key">What is computed.</param>
/// <param name="Layers">The layers that compute it.</param>
/// <param name="Rule">The way that the rule takes.</param>
/// <param name="Ways">Every way, timed alone.</param>
/// <param name="Chosen">The way that the table is to name; the rule's where nothing else helps the whole step.</param>
public sealed record TunedPass(string Key, IReadOnlyList<string> Layers, string Rule, IReadOnlyList<TunedWay> Ways, string Chosen);

/// <summary>What tuning one plan gave.</summary>
/// <param name="Host">What it was measured on.</param>
/// <param name="Precision">Of activations, as it was resolved.</param>
/// <param name="Passes">By key, in the order of the steps; keys with one way only are left out.</param>
/// <param name="SecondsBefore">The median of a step by the rules.</param>
/// <param name="SecondsAfter">The median of a step with what was chosen, in turn with the other; the same where nothing was.</param>
public sealed record TuningResult(KernelHost Host, Precision Precision, IReadOnlyList<TunedPass> Passes, double SecondsBefore, double SecondsAfter)
{
    /// <summary>What differs from the rule: the entries of a table.</summary>
    public IReadOnlyDictionary<string, string> Entries => Passes.Where(pass => pass.Chosen != pass.Rule).ToDictionary(pass => pass.Key, pass => pass.Chosen);
}
