using Fovea.Data.Caching;
using Fovea.Data.Transforms;
using Fovea.Imaging;
using Fovea.Kernels;

namespace Fovea.Data.Loading;

/// <summary>Reads single samples as a loader does: decoded, transformed with the draws of their place and epoch. For one thread; its pictures are reused.</summary>
public sealed class SampleReader
{
    private readonly Image _read = new(), _scratch = new();
    private readonly IImageDataset _dataset;
    private readonly TransformPipeline _transforms;
    private readonly ScaledDecodeHint? _hint;
    private readonly ReadOptions _options;
    private readonly SampleCache? _cache;
    private readonly ulong _seed;

    /// <summary>A reader; of the options, those about single pictures count.</summary>
    public SampleReader(IImageDataset dataset, TransformPipeline transforms, LoaderOptions options)
    {
        ArgumentNullException.ThrowIfNull(dataset);
        ArgumentNullException.ThrowIfNull(transforms);
        ArgumentNullException.ThrowIfNull(options);
        (_dataset, _transforms, _cache, _seed) = (dataset, transforms, options.Cache, options.Seed);
        _hint = options.ScaledDecode ? transforms.NewScaledDecodeHint() : null;
        _options = new ReadOptions { Channels = options.Channels, MaxPixels = options.MaxPixels, ScaledDecode = _hint };
    }

    /// <summary>Sample <paramref name="sample"/> as epoch <paramref name="epoch"/> (from 0) sees it. Valid until the next call.</summary>
    /// <exception cref="ImageException">The picture cannot be decoded.</exception>
    /// <exception cref="SampleException">The file cannot be read.</exception>
    /// <exception cref="FoveaException">A transform cannot be applied to the picture.</exception>
    public Image Read(int sample, int epoch)
    {
        var key = new PhiloxKey(_seed, RandomStream.Augmentation, (uint)epoch, (uint)sample);
        if (_cache is null)
            return ReadSource(sample, key, _transforms.Transforms.Count);
        Image kept = Kept(_cache, sample, key);
        return _transforms.Apply(kept, ReferenceEquals(kept, _read) ? _scratch : _read, key, _cache.Transforms, _transforms.Transforms.Count);
    }

    /// <summary>The picture after the leading fixed transforms: from the cache, or made and left there.</summary>
    private Image Kept(SampleCache cache, int sample, PhiloxKey key)
    {
        if (cache.TryRead(sample, _read))
            return _read;
        try
        {
            Image made = ReadSource(sample, key, cache.Transforms);
            cache.Store(sample, made);
            return made;
        }
        catch (ImageException e)
        {
            cache.StoreBroken(sample, e.Message);
            throw;
        }
        catch (SampleException)
        {
            cache.StoreUnreadable(sample);
            throw;
        }
    }

    private Image ReadSource(int sample, PhiloxKey key, int transforms)
    {
        _hint?.Key = key;
        _dataset.Read(sample, _read, _options);
        return _transforms.Apply(_read, _scratch, key, 0, transforms);
    }
}
