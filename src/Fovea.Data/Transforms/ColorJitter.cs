using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// <c>color-jitter(B,C,S,H)</c>, also by name: <c>color-jitter(brightness=0.4,hue=0.1)</c>. Brightness, contrast and saturation by factors drawn from
/// max(0, 1 - X) to 1 + X, hue turned by -H to H of the circle, in random order; torchvision's ColorJitter. B, C, S: 0 or more (at most 100), H: 0 to 0.5;
/// default 0, which leaves that property alone. Of a grey picture brightness and contrast change alone.
/// </summary>
public sealed class ColorJitter : Transform
{
    private const int Steps = 4, OrderDraw = 4;
    private static readonly string[] Names = ["brightness", "contrast", "saturation", "hue"];
    private readonly double[] _strength = new double[Steps];

    private ColorJitter(TransformArguments arguments)
    {
        for (int i = 0; i < Steps; i++)
            _strength[i] = arguments.Number(Names[i], 0, 0, Names[i] == "hue" ? 0.5 : 100, position: i);
    }

    internal static TransformSpec Spec { get; } =
        new("color-jitter", "color-jitter(brightness=0, contrast=0, saturation=0, hue=0)", a => new ColorJitter(a));

    /// <inheritdoc/>
    public override bool IsRandom => _strength.Any(s => s > 0);

    /// <inheritdoc/>
    public override (int Width, int Height)? OutputSize((int Width, int Height)? input) => input;

    /// <inheritdoc/>
    public override bool Apply(Image source, Image target, TransformDraws draws)
    {
        Span<int> order = [0, 1, 2, 3];
        for (int i = Steps - 1; i > 0; i--)
        {
            int j = draws.Below(OrderDraw + i, i + 1);
            (order[i], order[j]) = (order[j], order[i]);
        }
        foreach (int step in order)
        {
            if (_strength[step] > 0)
                Adjust(source, step, Factor(step, draws));
        }
        return false;
    }

    /// <summary>What is drawn for a step: a factor, or for hue (3) a turn.</summary>
    internal double Factor(int step, TransformDraws draws)
    {
        double strength = _strength[step];
        return step == 3 ? draws.Between(step, -strength, strength) : draws.Between(step, Math.Max(0, 1 - strength), 1 + strength);
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        IEnumerable<string> given = Enumerable.Range(0, Steps).Where(i => _strength[i] != 0).Select(i => $"{Names[i]}={TransformArguments.Text(_strength[i])}");
        string text = string.Join(',', given);
        return text.Length == 0 ? "color-jitter" : $"color-jitter({text})";
    }

    private static void Adjust(Image image, int step, double factor)
    {
        switch (step)
        {
            case 0:
                Enhance.Brightness(image, (float)factor);
                break;
            case 1:
                Enhance.Contrast(image, (float)factor);
                break;
            case 2:
                Enhance.Saturation(image, (float)factor);
                break;
            default:
                Hue.Shift(image, factor);
                break;
        }
    }
}
