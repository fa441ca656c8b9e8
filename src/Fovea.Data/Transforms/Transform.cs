using Fovea.Imaging;

namespace Fovea.Data.Transforms;

/// <summary>
/// One step of a <see cref="TransformPipeline"/>: picture in, picture out. A transform is immutable and used by many threads at once;
/// <see cref="ToString"/> gives the text that <see cref="TransformPipeline.Parse"/> reads, defaults left out.
/// </summary>
public abstract class Transform
{
    /// <summary>Whether the result depends on the draws; only training may use such a transform.</summary>
    public virtual bool IsRandom => false;

    /// <summary>
    /// The size in pixels of the result for pictures of size <paramref name="input"/>, where null on either side means that sizes vary.
    /// </summary>
    public abstract (int Width, int Height)? OutputSize((int Width, int Height)? input);

    /// <summary>
    /// Transforms <paramref name="source"/> into <paramref name="target"/> and returns true, or changes <paramref name="source"/> in place (perhaps
    /// not at all)
    /// and returns false; then what <paramref name="target"/> holds is of no use.
    /// </summary>
    public abstract bool Apply(Image source, Image target, TransformDraws draws);

    /// <summary>Throws where the transform does not work on pictures of so many channels, 1 or 3; by default all do.</summary>
    /// <exception cref="Kernels.FoveaException">It does not: names the transform and what to do.</exception>
    public virtual void CheckChannels(int channels)
    {
    }

    /// <summary>How small a picture may be decoded when this transform comes first; null (the default): in full.</summary>
    public virtual (int Width, int Height)? LeastSize(int width, int height, TransformDraws draws) => null;

    /// <summary>The text that <see cref="TransformPipeline.Parse"/> turns into this transform again.</summary>
    public abstract override string ToString();
}
