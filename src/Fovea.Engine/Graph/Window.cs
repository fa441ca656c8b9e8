namespace Fovea.Engine;

/// <summary>What a sliding window does with a last, incomplete stride.</summary>
public enum Rounding
{
    /// <summary>Leaves it out (PyTorch's ceil_mode=False; convolutions always).</summary>
    Down,

    /// <summary>Takes it, as long as the window starts inside the input or its leading padding (PyTorch's ceil_mode=True, Caffe's pooling).</summary>
    Up,
}

/// <summary>Zeros, or for maximum pooling minus infinity, around an image; the four sides may differ.</summary>
/// <param name="Top">Rows above.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Right">Columns to the right.</param>
public readonly record struct Padding(int Top, int Bottom, int Left, int Right)
{
    /// <summary>The same padding on all four sides.</summary>
    public static Padding All(int size) => new(size, size, size, size);

    /// <summary>The same padding on all four sides.</summary>
    public static implicit operator Padding(int size) => All(size);

    /// <summary>True where there is none.</summary>
    public bool IsZero => this == default;

    /// <summary>"2", or "top 1, bottom 2, left 1, right 2".</summary>
    public override string ToString() => Top == Bottom && Left == Right && Top == Left ? $"{Top}" : $"top {Top}, bottom {Bottom}, left {Left}, right {Right}";
}

/// <summary>One axis of a sliding window: N = (W - F + P1 + P2) / S + 1.</summary>
/// <param name="F">Extent of the filter, at least 1.</param>
/// <param name="S">Stride, at least 1.</param>
/// <param name="P1">Padding before, at least 0.</param>
/// <param name="P2">Padding after, at least 0.</param>
/// <param name="Rounding">How the division is rounded.</param>
public readonly record struct Window(int F, int S, int P1, int P2, Rounding Rounding = Rounding.Down)
{
    /// <summary>Positions of the window along an input of extent <paramref name="w"/>; 0 or less where it does not fit once.</summary>
    public int Output(int w)
    {
        int span = w - F + P1 + P2;
        if (span < 0)
            return 0;
        if (Rounding == Rounding.Down)
            return span / S + 1;
        int n = (span + S - 1) / S + 1;
        // A window that would start in the trailing padding sees nothing of the input: PyTorch and Caffe leave it out.
        return (n - 1) * S >= w + P1 ? n - 1 : n;
    }

    /// <summary>The formula with its numbers: "(224 - 11 + 2 + 2)/4 + 1 = 55.25, rounded down: 55".</summary>
    public string Explain(int w)
    {
        int span = w - F + P1 + P2;
        string formula = $"({w} - {F} + {P1} + {P2})/{S} + 1";
        int output = Output(w);
        if (span >= 0 && span % S == 0)
            return $"{formula} = {output}";
        double exact = (double)span / S + 1;
        return FormattableString.Invariant($"{formula} = {exact:0.##}, rounded {(Rounding == Rounding.Down ? "down" : "up")}: {output}");
    }
}
