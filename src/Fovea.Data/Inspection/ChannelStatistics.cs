using Fovea.Imaging;

namespace Fovea.Data.Inspection;

/// <summary>Mean and mean square of each channel of one picture, of values from 0 to 1.</summary>
internal sealed record ChannelStatistics(double[] Mean, double[] MeanSquare)
{
    public static ChannelStatistics Of(Image image)
    {
        int channels = image.Channels;
        // Whole numbers: a picture of 2^31 bytes has squares of below 2^47 in sum.
        long[] sum = new long[channels], squares = new long[channels];
        ReadOnlySpan<byte> pixels = image.Pixels;
        for (int i = 0; i < pixels.Length; i += channels)
        {
            for (int c = 0; c < channels; c++)
            {
                int value = pixels[i + c];
                sum[c] += value;
                squares[c] += value * value;
            }
        }
        double count = (double)image.Width * image.Height;
        return new ChannelStatistics([.. sum.Select(s => s / (255 * count))], [.. squares.Select(s => s / (255.0 * 255 * count))]);
    }

    /// <summary>
    /// Mean and standard deviation over pictures that weigh the same, however large; empty where there is none. Summed in the order given.
    /// </summary>
    public static (double[] Mean, double[] Std, int Images) Combine(IEnumerable<ChannelStatistics?> pictures)
    {
        double[] mean = [], square = [];
        int images = 0;
        foreach (ChannelStatistics picture in pictures.OfType<ChannelStatistics>())
        {
            if (images++ == 0)
                (mean, square) = (new double[picture.Mean.Length], new double[picture.Mean.Length]);
            for (int c = 0; c < mean.Length; c++)
            {
                mean[c] += picture.Mean[c];
                square[c] += picture.MeanSquare[c];
            }
        }
        double[] std = new double[mean.Length];
        for (int c = 0; c < mean.Length; c++)
        {
            mean[c] /= images;
            std[c] = Math.Sqrt(Math.Max(0, square[c] / images - mean[c] * mean[c]));
        }
        return (mean, std, images);
    }
}
