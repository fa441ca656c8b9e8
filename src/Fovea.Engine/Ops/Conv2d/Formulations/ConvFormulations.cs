using Fovea.Engine.Planning;
using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

/// <summary>The ways of computing a convolution, and the rule that chooses where no table does.</summary>
internal static class ConvFormulations
{
    // Winograd's transforms of so few channels take longer than the products do.
    private const int FewChannels = 16;

    private static readonly OneDnnConvolution Auto = new("auto", ConvAlgorithm.Auto, null);
    private static readonly OneDnnConvolution Direct = new("direct", ConvAlgorithm.Direct, null);
    private static readonly WinogradConvolution Winograd5x5 = new();
    private static readonly SpaceToDepthConvolution SpaceToDepth = new();

    /// <summary>Every way, in the order in which tuning reports them: a way that turns out to be one before it under another name is left out there.</summary>
    public static IReadOnlyList<ConvFormulation> All { get; } =
    [
        Auto,
        Direct,
        new OneDnnConvolution("winograd", ConvAlgorithm.Winograd, null),
        new OneDnnConvolution("nhwc", ConvAlgorithm.Auto, FormatTag.Nhwc),
        new OneDnnConvolution("blocked", ConvAlgorithm.Auto, FormatTag.NChw16c),
        new OneDnnConvolution("float32", ConvAlgorithm.Auto, null, Precision.Float32),
        SpaceToDepth,
        Winograd5x5,
    ];

    /// <summary>The way that a plan takes, by its table or by the rule; the plan notes which.</summary>
    public static ConvFormulation Choose(ConvCase layer, ConvPass pass, LoweringContext context)
    {
        string key = layer.Key(pass);
        ConvFormulation rule = Rule(layer, pass);
        ConvFormulation chosen = context.FindChoice(key) is { } name && name != rule.Name && All.FirstOrDefault(f => f.Name == name) is { } found && found.Applies(layer, pass)
            ? found : rule;
        context.Note(new KernelChoice(context.Layer.Index, key, chosen.Name, rule.Name, () => [.. All.Where(f => f == rule || f.Applies(layer, pass)).Select(f => f.Name)]));
        return chosen;
    }

    /// <summary>By shape and precision alone, so that runs stay reproducible; docs/decisions/0012 has the measurements.</summary>
    private static ConvFormulation Rule(ConvCase layer, ConvPass pass)
    {
        if (layer.Precision != Precision.Float32)
            return Auto;
        if (Winograd5x5.Applies(layer, pass))
            return Winograd5x5;
        if (SpaceToDepth.IsFast(layer, pass))
            return SpaceToDepth;
        return layer.Src.C / layer.Op.Groups < FewChannels ? Direct : Auto;
    }
}
