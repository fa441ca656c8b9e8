using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>Mirrors with probability p, 0 to 1: what the two flips share.</summary>
public abstract class Flip : Transform
{
    private readonly string _name;
    private readonly double _probability;

    private protected Flip(string name, TransformArguments arguments) => (_name, _probability) = (name, arguments.Number("p", 0.5, 0, 1, position: 0));

    /// <inheritdoc/>
    public sealed override bool IsRandom => _probability is > 0 and < 1;

    /// <inheritdoc/>
    public sealed override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public sealed override bool Apply(Image source, Image target, TransformDraws draws)
    {
        if (draws.Between(0, 0, 1) < _probability)
            Mirror(source);
        return false;
    }

    /// <inheritdoc/>
    public sealed override string ToString() => _probability == 0.5 ? _name : $"{_name}(p={TransformArguments.Text(_probability)})";

    private protected abstract void Mirror(Image image);
}
