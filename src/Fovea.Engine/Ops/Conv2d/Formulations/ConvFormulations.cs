using Fovea.Engine.Planning;
using Fovea.Kernels;
using Fovea.OneDnn;

namespace Fovea.Engine.Ops;

/// <summary>The ways of computing a convolution, and the rule that chooses where no table does.</summary>
internal static class ConvFormulations
{
    // Winograd's transforms of so few channels take longer than the products do.
    private const int FewChannels = 16;

    private static readonly OneDnnConvolution Auto = new("auto", ConvAlgorithm.Auto);
    private static readonly OneDnnConvolution Direct = new("direct", ConvAlgorithm.Direct);
    private static readonly OneDnnConvolution Blocked = new("blocked", ConvAlgorithm.Auto, new ConvTags(FormatTag.NChw16c, FormatTag.NChw16c));
    private static readonly OneDnnConvolution PlainToBlocked = new("plain-to-blocked", ConvAlgorithm.Direct, new ConvTags(FormatTag.Nchw, FormatTag.NChw16c));
    private static readonly OneDnnConvolution InFloat32 = new("float32", ConvAlgorithm.Auto, own: Precision.Float32);
    private static readonly WinogradConvolution[] Winograd =
    [
        new(WinogradForm.F4x3, "winograd-f4x3"), new(WinogradForm.F2x5, "winograd-f2x5"), new(WinogradForm.F6x3, "winograd-f6x3"), new(WinogradForm.F4x5, "winograd-f4x5"),
    ];

    private static readonly SpaceToDepthConvolution SpaceToDepth = new();
    private static readonly ProductConvolution Product = new();

    /// <summary>Every way, in the order in which tuning reports them.</summary>
    public static IReadOnlyList<ConvFormulation> All { get; } =
    [
        Auto,
        Direct,
        new OneDnnConvolution("winograd", ConvAlgorithm.Winograd),
        new OneDnnConvolution("nhwc", ConvAlgorithm.Auto, new ConvTags(FormatTag.Nhwc, FormatTag.Nhwc)),
        Blocked,
        PlainToBlocked,
        InFloat32,
        SpaceToDepth,
        .. Winograd,
        Product,
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

    /// <summary>By shape, precision, mode and instruction set alone, so that runs stay reproducible; docs/decisions/0012 has the measurements.</summary>
    private static ConvFormulation Rule(ConvCase layer, ConvPass pass)
    {
        bool single = layer.Precision == Precision.Float32, few = layer.Src.C / layer.Op.Groups < FewChannels;
        // With AMX oneDNN's direct kernels do in bf16 what Winograd's float32 products cannot.
        bool direct = !single && layer.OneDnn.Api.EffectiveIsa.Contains("amx", StringComparison.Ordinal);
        if (!direct && Array.Find(Winograd, w => w.IsFastest(layer, pass)) is { } winograd)
            return !single && layer.Training && winograd.Streams(layer, pass) && InFloat32.Exists(layer, pass) ? InFloat32 : winograd;
        if (!direct && Product.IsFast(layer, pass))
            return Product;
        if (single && SpaceToDepth.IsFast(layer, pass))
            return SpaceToDepth;
        // For inference oneDNN prefers channels last, in which it has neither Winograd nor pooling and concatenation at full speed; but with AMX it is much faster there.
        if (!layer.Training && layer.Dst.C >= FewChannels && HasWideBlocks(layer.OneDnn.Api.EffectiveIsa, single) && (few ? PlainToBlocked : Blocked) is var way && way.Exists(layer, pass))
            return way;
        return single && few ? Direct : Auto;
    }

    private static bool HasWideBlocks(string instructionSet, bool single) => instructionSet.Contains("avx512", StringComparison.Ordinal)
        && (single || !instructionSet.Contains("amx", StringComparison.Ordinal));
}
