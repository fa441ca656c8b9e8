using Fovea.Engine;
using Fovea.Engine.Planning;
using Fovea.Models;

namespace Fovea.Training;

/// <summary>A model file that was read and checked; the parameters themselves are read on demand.</summary>
/// <param name="Path">The file.</param>
/// <param name="Architecture">The network with its preprocessing.</param>
/// <param name="Classes">The class names in the order of the logits.</param>
/// <param name="Graph">The network's layers.</param>
public sealed record LoadedModel(string Path, Architecture Architecture, IReadOnlyList<string> Classes, Graph Graph)
{
    /// <summary>Sets parameters that were made for <see cref="Graph"/>.</summary>
    /// <exception cref="Kernels.FoveaException">The file changed meanwhile and does not fit any more.</exception>
    public void Fill(ParameterSet parameters) => ModelFile.ReadWeights(Path, parameters, Architecture.Model);

    /// <summary>The model's parameters. The caller disposes them.</summary>
    public ParameterSet CreateParameters()
    {
        ParameterSet parameters = ParameterSet.For(Graph);
        Fill(parameters);
        return parameters;
    }
}
