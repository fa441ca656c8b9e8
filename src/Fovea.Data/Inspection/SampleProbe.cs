using System.Buffers.Binary;
using System.Security.Cryptography;
using Fovea.Imaging;

namespace Fovea.Data.Inspection;

/// <summary>What one sample is.</summary>
/// <param name="Format">Its format by content.</param>
/// <param name="Width">Width in pixels; 0 where it cannot be read.</param>
/// <param name="Height">Height in pixels; 0 where it cannot be read.</param>
/// <param name="Problem">Why it cannot be read; null where it can.</param>
/// <param name="Content">128 bits of SHA-256 of its bytes; zero where they are not there.</param>
/// <param name="Statistics">Of its pixels, where it is one of those that are averaged.</param>
internal readonly record struct Finding(string Format, int Width, int Height, string? Problem, UInt128 Content, ChannelStatistics? Statistics);

/// <summary>Looks at samples, one after the other, in one picture that it reuses.</summary>
internal sealed class SampleProbe(DataSplits splits, long maxPixels)
{
    private readonly Image _image = new();

    public Finding Look(int index, bool statistics)
    {
        (IImageDataset data, int i) = index < splits.Train.Count
            ? DatasetOrigin.Of(splits.Train, index)
            : DatasetOrigin.Of(splits.Validation, index - splits.Train.Count);
        string format = "uncompressed";
        UInt128 content = default;
        try
        {
            if (data is IEncodedDataset files)
            {
                byte[] file = files.FileOf(i);
                format = file.Length == 0 ? "empty file" : ImageSignature.Detect(file).Name ?? "unknown";
                content = file.Length == 0 ? default : Digest(file);
                ImageDecoder.Decode(file, _image, new DecodeOptions { Channels = data.Channels, MaxPixels = maxPixels });
            }
            else
            {
                data.Read(i, _image, new ReadOptions { Channels = data.Channels, MaxPixels = maxPixels });
                content = Digest(_image.Pixels);
            }
            return new Finding(format, _image.Width, _image.Height, null, content, statistics ? ChannelStatistics.Of(_image) : null);
        }
        catch (SampleException e)
        {
            return new Finding("unreadable file", 0, 0, e.Message, default, null);
        }
        catch (ImageException e)
        {
            return new Finding(format, 0, 0, e.Message, content, null);
        }
    }

    private static UInt128 Digest(ReadOnlySpan<byte> bytes) => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(bytes));
}
