using System.Text.RegularExpressions;

namespace Fovea.Training;

/// <summary>Keys that a published file has from an older version of its network: torchvision's first DenseNets say <c>norm.1</c> for <c>norm1</c>.</summary>
internal static partial class LegacyNames
{
    /// <summary>The key as today's network has it; most are that already.</summary>
    public static string Modern(string name) => DenseLayer().Replace(name, "$1$2");

    [GeneratedRegex(@"^(.*denselayer[0-9]+\.(?:norm|relu|conv))\.([12]\.[a-z_]+)$", RegexOptions.CultureInvariant)]
    private static partial Regex DenseLayer();
}
