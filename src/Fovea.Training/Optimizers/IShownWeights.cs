using Fovea.Engine.Planning;

namespace Fovea.Training;

/// <summary>An update rule whose model is not what the next step goes on from: an average, or slow weights.</summary>
internal interface IShownWeights
{
    /// <summary>Puts the model in the parameters' place until the result is disposed, so that it is what is evaluated and saved.</summary>
    /// <param name="parameters">The parameters.</param>
    IDisposable Show(ParameterSet parameters);
}

/// <summary>Exchanges parameters and one of their states, and exchanges them back when it is disposed.</summary>
internal sealed class ShownState : IDisposable
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly int _state;

    /// <summary>Exchanges.</summary>
    /// <param name="parameters">The parameters that have the state.</param>
    /// <param name="state">Its index.</param>
    public ShownState(IEnumerable<Parameter> parameters, int state)
    {
        (_parameters, _state) = ([.. parameters.Where(parameter => parameter.StateCount > state)], state);
        Exchange();
    }

    /// <inheritdoc/>
    public void Dispose() => Exchange();

    // Kernels know the addresses of the masters: the contents have to change places.
    private void Exchange()
    {
        foreach (Parameter parameter in _parameters)
        {
            Kernels.GradientKernels.Exchange(parameter.Data, parameter.State(_state));
            parameter.Changed();
        }
    }
}
