using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>The optimizers by name: one explicit list. Adding one is its own file and a line here.</summary>
public static class OptimizerList
{
    /// <summary>Every optimizer.</summary>
    public static IReadOnlyList<OptimizerSpec> All { get; } = [Sgd.Spec, Adam.Spec, AdamW.Spec, RmsProp.Spec];

    /// <summary>The optimizer of this name.</summary>
    /// <exception cref="FoveaException">There is none; names the nearest.</exception>
    public static OptimizerSpec Find(string name) =>
        All.FirstOrDefault(spec => spec.Name == name)
        ?? throw new FoveaException($"--opt {name} is not known.{NearestName.Hint(name, Names)} Expected {string.Join(", ", Names)}.");

    /// <summary>What <c>--opt</c> takes.</summary>
    public static IEnumerable<string> Names => All.Select(spec => spec.Name);
}
