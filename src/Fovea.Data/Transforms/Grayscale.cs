using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>grayscale</c> or <c>grayscale(p=0.1)</c>: with probability p, 0 to 1, every channel becomes the grey value (ITU-R 601-2 luma); torchvision's
/// RandomGrayscale. Grey pictures stay as they are.
/// </summary>
public sealed class Grayscale : Transform
{
    private const double DefaultProbability = 0.1;
    private readonly double _probability;

    private Grayscale(TransformArguments arguments) => _probability = arguments.Number("p", DefaultProbability, 0, 1, position: 0);

    internal static TransformSpec Spec { get; } = new("grayscale", "grayscale(p=0.1)", a => new Grayscale(a));

    /// <inheritdoc/>
    public override bool IsRandom => _probability is > 0 and < 1;

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        if (draws.Between(0, 0, 1) < _probability)
            Enhance.Grey(source);
        return false;
    }

    /// <inheritdoc/>
    public override string ToString() => _probability == DefaultProbability ? "grayscale" : $"grayscale(p={TransformArguments.Text(_probability)})";
}
