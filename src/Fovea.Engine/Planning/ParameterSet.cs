namespace Fovea.Engine.Planning;

/// <summary>All parameters of a network, shared by its plans.</summary>
public sealed class ParameterSet : IDisposable
{
    private readonly Dictionary<string, Parameter> _byName = [];

    private ParameterSet(IReadOnlyList<Parameter> all)
    {
        All = all;
        foreach (Parameter parameter in all)
            _byName.Add(parameter.Name, parameter);
    }

    /// <summary>The parameters in the order of the graph's layers.</summary>
    public IReadOnlyList<Parameter> All { get; }

    /// <summary>The parameter with this key.</summary>
    public Parameter this[string name] => _byName[name];

    /// <summary>The parameter with this key, or null.</summary>
    public Parameter? Find(string name) => _byName.GetValueOrDefault(name);

    /// <summary>Parameters of zeros for every layer of <paramref name="graph"/>.</summary>
    public static ParameterSet For(Graph graph) =>
        new([.. graph.Layers.SelectMany(layer => layer.Parameters.Select(spec => new Parameter(layer.KeyOf(spec), spec)))]);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (Parameter parameter in All)
            parameter.Dispose();
    }
}
