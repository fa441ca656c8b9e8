using Fovea.Engine;
using Fovea.Formats.Safetensors;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>Which networks of the zoo a file's weights would fit: the wrong <c>--model</c> is the commonest mistake in importing.</summary>
internal static class FittingNetworks
{
    /// <summary>The names of the networks that have just these tensors; their heads may be for another number of classes.</summary>
    /// <param name="tensors">The file's tensors by the keys of today's networks, without counters.</param>
    public static IReadOnlyList<string> Of(IReadOnlyDictionary<string, TensorEntry> tensors) =>
        [.. ModelZoo.All.Where(spec => Fits(spec, tensors)).Select(spec => spec.Name)];

    private static bool Fits(ModelSpec spec, IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        int count = 0;
        foreach (Layer layer in ModelZoo.Build(Architecture.Of(spec, spec.Classes)).Layers)
        {
            foreach (ParameterSpec parameter in layer.Parameters)
            {
                if (!tensors.TryGetValue(layer.KeyOf(parameter), out TensorEntry? found) || found.Shape.Length != parameter.Shape.Length)
                    return false;
                bool same = found.Shape.Select((n, i) => n == parameter.Shape[i]).Skip(parameter.Shape[0] == spec.Classes ? 1 : 0).All(equal => equal);
                if (!same)
                    return false;
                count++;
            }
        }
        return count == tensors.Count;
    }
}
