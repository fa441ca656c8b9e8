namespace Fovea.Imaging;

/// <summary>The colour of what a transform uncovers. Pictures of one channel get its grey value (ITU-R 601-2 luma).</summary>
/// <param name="R">Red, 0 to 255.</param>
/// <param name="G">Green, 0 to 255.</param>
/// <param name="B">Blue, 0 to 255.</param>
public readonly record struct PixelFill(byte R, byte G, byte B)
{
    /// <summary>Fills pixels of 1 or 3 channels.</summary>
    public void Over(Span<byte> pixels, int channels)
    {
        if (channels == 1)
            pixels.Fill((byte)Colour.Grey(R, G, B));
        else if (R == G && G == B)
            pixels.Fill(R);
        else
        {
            for (int i = 0; i < pixels.Length; i += 3)
                (pixels[i], pixels[i + 1], pixels[i + 2]) = (R, G, B);
        }
    }
}
