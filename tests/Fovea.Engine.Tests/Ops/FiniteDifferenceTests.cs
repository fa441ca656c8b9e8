using Fovea.Engine.Planning;
using Fovea.Kernels;

namespace Fovea.Engine.Tests;

/// <summary>
/// Gradients against central differences of the forward pass: for a random direction v and L = sum(dst * diffDst), (L(x + h v) - L(x - h v)) / 2h must be
/// (dL/dx) . v. Independent of PyTorch and of the other backend.
/// </summary>
/// <remarks>
/// Tolerance: the forward pass errs by at most B per output (the golden's bound, from float32 rounding), so the difference quotient errs by at most
/// B * sum|diffDst| / h, plus its own truncation: none for ops that are linear in the varied tensor, h^2/6 * |third derivative| otherwise, for which h = 2^-6
/// and a relative 1e-3 of the gradient's norm are allowed. Inputs of ReLU that a step of h could
/// move over its kink are left out of v; maximum pooling gets inputs that lie further apart than a step; where a ReLU follows another op, the case is left to
/// the goldens.
/// </remarks>
public sealed class FiniteDifferenceTests
{
    private const float H = 1f / 64;

    public static TheoryData<string> Cases => [.. OpCase.All.Where(c => c.Op is not ("crossentropy" or "normalize") && !c.Fused).Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void ManagedGradients(string name) => Check(name, BackendChoice.Managed);

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void OneDnnGradients(string name)
    {
        Skip.IfNot(Backends.HasOneDnn, "libdnnl is not installed");
        Check(name, BackendChoice.OneDnn);
    }

    private static void Check(string name, BackendChoice backend)
    {
        OpCase c = OpCase.All.Single(x => x.Name == name);
        using OpRun run = new(c, backend);
        (c.Op == "maxpool2d" ? Apart(run.Src.Length) : Goldens.Tensor(name, "src")!).CopyTo(run.Src);
        foreach (Parameter other in run.Others)
            other.Write(Goldens.Tensor(name, $"src{other.Name["source".Length..^".value".Length]}")!);
        run.SetParameters(name);
        float[] diffDst = Goldens.Tensor(name, "diffDst")!;
        run.SetDiffDst(diffDst);
        run.Run();
        // Taken now: the runs below leave the gradients of other points.
        float[] diffSrc = run.DiffSrc;
        float[]? diffWeights = run.Weight is null ? null : run.GradientOf(run.Weight), diffBias = run.Bias is null ? null : run.GradientOf(run.Bias);
        double bound = Goldens.Bound(name, "dst") * diffDst.Sum(x => Math.Abs((double)x)) / H;
        Direction(run, diffDst, diffSrc, run.Src.ToArray(), v => v.CopyTo(run.Src), bound, $"{name} diffSrc", kink: c.HasKink);
        if (run.Weight is { } weight)
            Direction(run, diffDst, diffWeights!, weight.Data.ToArray(), v => weight.Write(v), bound, $"{name} diffWeights", kink: false);
        if (run.Bias is { } bias)
            Direction(run, diffDst, diffBias!, bias.Data.ToArray(), v => bias.Write(v), bound, $"{name} diffBias", kink: false);
    }

    /// <summary>Values of which no two are within a step of each other, in random order: no winner of maximum pooling changes.</summary>
    private static float[] Apart(int count)
    {
        PhiloxKey key = new(18, RandomStream.Split, 0, 0);
        float[] values = new float[count];
        int[] order = [.. Enumerable.Range(0, count).OrderBy(i => key.Word((ulong)i))];
        for (int i = 0; i < count; i++)
            values[order[i]] = 4 * H * (i - count / 2);
        return values;
    }

    private static void Direction(OpRun run, float[] diffDst, float[] gradient, float[] at, Action<float[]> set, double bound, string what, bool kink)
    {
        PhiloxKey key = new(17, RandomStream.Split, 0, 0);
        float[] v = [.. at.Select((x, i) => kink && Math.Abs(x) <= 2 * H ? 0f : key.Unit((ulong)i) < 0.5f ? -1f : 1f)];
        // x + h v is rounded: the step that was really taken is what the quotient has to divide by.
        float[] plus = [.. at.Select((x, i) => x + H * v[i])], minus = [.. at.Select((x, i) => x - H * v[i])];
        double expected = 0, norm = 0;
        for (int i = 0; i < at.Length; i++)
        {
            expected += gradient[i] * ((double)plus[i] - minus[i]) / (2 * H);
            norm += (double)gradient[i] * gradient[i] * v[i] * v[i];
        }
        set(plus);
        double high = Loss(run, diffDst);
        set(minus);
        double low = Loss(run, diffDst);
        set(at);
        double got = (high - low) / (2 * H), allowed = bound + 1e-3 * Math.Sqrt(norm);
        Assert.True(Math.Abs(got - expected) <= allowed, $"{what}: the difference quotient is {got:g7}, the gradient says {expected:g7}: off by {Math.Abs(got - expected):g3}, allowed {allowed:g3}");
    }

    private static double Loss(OpRun run, float[] diffDst)
    {
        run.Run();
        float[] dst = run.Result;
        double sum = 0;
        for (int i = 0; i < dst.Length; i++)
            sum += (double)dst[i] * diffDst[i];
        return sum;
    }
}
