using System.Globalization;
using System.Security.Cryptography;
using Fovea.Data.Tests.Support;
using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Tests;

/// <summary>RandAugment and TrivialAugment against torchvision's tables and Pillow's bytes (goldens/policies.py).</summary>
public class PolicyGoldenTests
{
    private static readonly string[][] Rows =
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "goldens", "policies.tsv")).Select(line => line.Split('\t'))];

    [Fact]
    public void Magnitudes_are_torchvisions()
    {
        Assert.Equal(PolicyOps.Count, Rows.Where(r => r[0] == "trivial").Select(r => r[1]).Distinct().Count());
        // torchvision draws an index into its list of operations, so the order counts.
        Assert.Equal(Enum.GetNames<PolicyOp>(), Rows.Where(r => r[0] == "trivial").Select(r => r[1]).Distinct());
        foreach (string[] row in Rows.Where(r => r[0] == "trivial"))
        {
            AssertMagnitude(row, TrivialAugment.Magnitude(Op(row), int.Parse(row[2], CultureInfo.InvariantCulture)));
            Assert.Equal(row[3] == "1", PolicyOps.IsSigned(Op(row)));
        }
        foreach (string[] row in Rows.Where(r => r[0] == "rand"))
        {
            var rand = (RandAugment)TransformPipeline.Parse($"rand-augment(1,{row[2]})").Transforms[0];
            // The draws that choose this operation, found by trying.
            (PolicyOp Op, double Magnitude) chosen = Enumerable.Range(0, 2000).Select(i => rand.Choose(0, 224, 200, Draws((uint)i))).First(c => c.Op == Op(row));
            AssertMagnitude(row, Math.Abs(chosen.Magnitude));
            Assert.Equal(row[3] == "1", PolicyOps.IsSigned(Op(row)));
        }
    }

    [Fact]
    public void Operations_give_the_peers_bytes()
    {
        List<string> wrong = [];
        int tried = 0;
        foreach (string[] row in Rows.Where(r => r[0] == "apply"))
        {
            Image image = Chart.Of(int.Parse(row[6], CultureInfo.InvariantCulture), int.Parse(row[7], CultureInfo.InvariantCulture), row[5] == "grey" ? 1 : 3);
            Image other = new();
            byte fill = byte.Parse(row[4], CultureInfo.InvariantCulture);
            WarpFilter filter = row[3] == "nearest" ? WarpFilter.Nearest : WarpFilter.Bilinear;
            Image result = PolicyOps.Apply(Op(row), Number(row[2]), image, other, filter, new PixelFill(fill, fill, fill)) ? other : image;
            if (Convert.ToHexStringLower(SHA256.HashData(result.Pixels))[..16] != row[8])
                wrong.Add(string.Join(' ', row[1..^1]));
            tried++;
        }
        Assert.True(wrong.Count == 0, $"{wrong.Count} of {tried} differ: {string.Join("; ", wrong)}");
        Assert.True(tried > 200);
    }

    // torch.linspace fuses multiplying and adding in some vector lanes and not in others: one unit in the last place of float32, at most two of a smaller result's.
    private static void AssertMagnitude(string[] row, double actual)
    {
        Assert.Equal(Number(row[4]), actual, Math.Abs(Number(row[4])) * Math.Pow(2, -22));
        Assert.Equal((int)Number(row[4]), (int)actual);
    }

    private static PolicyOp Op(string[] row) => Enum.Parse<PolicyOp>(row[1]);

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    private static TransformDraws Draws(uint sample) => new(new PhiloxKey(1, RandomStream.Augmentation, 0, sample), 0);
}
