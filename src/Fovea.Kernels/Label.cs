namespace Fovea.Kernels;

/// <summary>The target of one sample of a batch, wide enough for mixup, CutMix and a sample that could not be read.</summary>
/// <param name="A">Class index, 0 to classes - 1.</param>
/// <param name="B">The second class of a mixture; equal to <paramref name="A"/> where nothing is mixed.</param>
/// <param name="Lambda">Share of <paramref name="A"/> in the mixture, 0 to 1; 1 where nothing is mixed.</param>
/// <param name="Weight">1 for a sample that counts, 0 for a slot that must not (padding, or an image that broke while loading).</param>
public readonly record struct Label(int A, int B, float Lambda, float Weight)
{
    /// <summary>The target of an ordinary sample of class <paramref name="index"/>.</summary>
    public static Label Of(int index) => new(index, index, 1f, 1f);

    /// <summary>A slot that counts nowhere.</summary>
    public static Label Ignored => default;
}
