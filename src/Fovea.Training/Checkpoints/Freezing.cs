using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Training;

/// <summary>What training leaves as it is.</summary>
/// <param name="Layers">Layers with parameters.</param>
/// <param name="Parameters">Their trainable values.</param>
internal readonly record struct FrozenPart(int Layers, long Parameters);

/// <summary><c>--freeze</c>: layers that training leaves as they are.</summary>
internal static class Freezing
{
    /// <summary>True where a run that has done so many epochs is to leave what <c>--freeze</c> names as it is.</summary>
    public static bool IsDue(TrainingOptions options, int epochs) => options.Freeze is not null && epochs >= options.FreezeAfter;

    /// <summary>Marks what a run's first step is to leave as it is, and finds out what will be wrong with <c>--freeze</c> later.</summary>
    public static FrozenPart Begin(Graph graph, ParameterSet parameters, TrainingOptions options)
    {
        FrozenPart part = Apply(graph, parameters, options.Freeze, mark: IsDue(options, 0));
        return IsDue(options, 0) ? part : default;
    }

    /// <summary>Marks the parameters whose key begins with <paramref name="prefix"/>. Call it before plans are made.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="parameters">Its parameters.</param>
    /// <param name="prefix">Beginning of the keys, such as "features"; null freezes nothing.</param>
    /// <param name="mark">False only finds them.</param>
    /// <exception cref="FoveaException">No key begins so, all do, or only some of a layer's.</exception>
    public static FrozenPart Apply(Graph graph, ParameterSet parameters, string? prefix, bool mark = true)
    {
        if (prefix is null)
            return default;
        int count = 0, layers = 0;
        long values = 0;
        foreach (Layer layer in graph.Layers.Where(layer => layer.Parameters.Count > 0))
        {
            string[] keys = [.. layer.Parameters.Select(layer.KeyOf)];
            int frozen = keys.Count(key => key.StartsWith(prefix, StringComparison.Ordinal));
            if (frozen > 0 && frozen < keys.Length)
                throw new FoveaException($"--freeze {prefix}: it takes a part of the parameters "
                    + $"{string.Join(", ", keys)}; a layer is frozen as a whole.");
            count += frozen;
            layers += frozen > 0 ? 1 : 0;
            values += frozen > 0 ? layer.Parameters.Where(spec => spec.IsTrained).Sum(spec => spec.Elements) : 0;
            foreach (string key in mark && frozen > 0 ? keys : [])
                parameters[key].Trainable = false;
        }
        if (count == 0)
        {
            IEnumerable<string> parts = parameters.All.Select(parameter => parameter.Name.Split('.')[0]).Distinct();
            throw new FoveaException($"--freeze {prefix}: no parameter's key begins so."
                + $"{NearestName.Hint(prefix, parts)} There are {string.Join(", ", parts)} "
                + $"and what is below them, such as {parameters.All[0].Name}.");
        }
        if (count == parameters.All.Count)
            throw new FoveaException($"--freeze {prefix}: every parameter's key begins so, and nothing would be left to train.");
        return new FrozenPart(layers, values);
    }
}
