using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Transforms;

/// <summary>
/// What is done to each picture between decoding and the batch: a list of transforms, written as text in options, recipes and checkpoints.
/// </summary>
public sealed class TransformPipeline
{
    private TransformPipeline(IReadOnlyList<Transform> transforms) => Transforms = transforms;

    /// <summary>Every transform that <see cref="Parse"/> knows. Adding one is its own file and a line here.</summary>
    public static IReadOnlyList<TransformSpec> Known { get; } =
    [
        Resize.Spec,
        CenterCrop.Spec,
        RandomCrop.Spec,
        RandomResizedCrop.Spec,
        HorizontalFlip.Spec,
        AlternatingFlip.Spec,
        VerticalFlip.Spec,
        Pad.Spec,
        ColorJitter.Spec,
        PcaNoise.Spec,
        Grayscale.Spec,
        Rotate.Spec,
        Affine.Spec,
        RandomErasing.Spec,
        RandAugment.Spec,
        TrivialAugment.Spec,
    ];

    /// <summary>Does nothing.</summary>
    public static TransformPipeline Empty { get; } = new([]);

    /// <summary>The transforms in the order in which they are applied.</summary>
    public IReadOnlyList<Transform> Transforms { get; }

    /// <summary>Whether any transform draws at random; evaluation and prediction refuse such a list.</summary>
    public bool IsRandom => Transforms.Any(t => t.IsRandom);

    /// <summary>
    /// Reads a list such as <c>resize(256) center-crop(224)</c>, <c>resize(224x224,bicubic)</c> or <c>random-crop(36,padding=4)
    /// random-resized-crop(32) hflip</c>.
    /// A size is <c>N</c> or <c>HEIGHTxWIDTH</c>. Empty text is the empty list.
    /// </summary>
    /// <exception cref="FoveaException">
    /// A transform or argument is unknown, missing or out of its range; the message lists what is allowed and names the nearest.
    /// </exception>
    public static TransformPipeline Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<Transform> transforms = TransformParser.Parse(text, Known);
        return transforms.Count == 0 ? Empty : new TransformPipeline(transforms);
    }

    /// <summary>The canonical text: <see cref="Parse"/> gives the same list back.</summary>
    public override string ToString() => string.Join(' ', Transforms);

    /// <summary>
    /// The size in pixels of the results for pictures of size <paramref name="input"/> (null: sizes vary), or null where results vary and so make no
    /// batch.
    /// </summary>
    public (int Width, int Height)? OutputSize((int Width, int Height)? input)
    {
        foreach (Transform transform in Transforms)
            input = transform.OutputSize(input);
        return input;
    }

    /// <summary>
    /// Applies the list. Returns the picture that holds the result: <paramref name="source"/> or <paramref name="scratch"/>, both of which are
    /// overwritten.
    /// </summary>
    /// <param name="source">The picture as read.</param>
    /// <param name="scratch">A second picture, reused from call to call.</param>
    /// <param name="key">The sample's position in the random numbers: (seed; Augmentation, epoch, sample).</param>
    public Image Apply(Image source, Image scratch, PhiloxKey key) => Apply(source, scratch, key, 0, Transforms.Count);

    /// <summary>Applies the transforms from <paramref name="from"/> to before <paramref name="to"/>, each with the draws of its place in the whole list.</summary>
    internal Image Apply(Image source, Image scratch, PhiloxKey key, int from, int to)
    {
        Image current = source, other = scratch;
        for (int i = from; i < to; i++)
        {
            if (Transforms[i].Apply(current, other, new TransformDraws(key, i)))
                (current, other) = (other, current);
        }
        return current;
    }

    /// <summary>The hint for decoding, or null where the list does not begin with a transform that profits.</summary>
    internal ScaledDecodeHint? NewScaledDecodeHint() => Transforms is [RandomResizedCrop or Resize, ..] ? new ScaledDecodeHint(Transforms[0]) : null;

    /// <summary>How many transforms there are before the first that draws: what a cache can keep the result of.</summary>
    internal int LeadingFixed => Transforms.TakeWhile(t => !t.IsRandom).Count();
}
