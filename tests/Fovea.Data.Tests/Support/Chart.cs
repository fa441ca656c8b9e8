using Fovea.Imaging;

namespace Fovea.Data.Tests.Support;

/// <summary>The picture that goldens/policies.py computes too.</summary>
internal static class Chart
{
    public static Image Of(int width, int height, int channels = 3)
    {
        Image image = new();
        image.Reset(width, height, channels);
        for (int y = 0, at = 0; y < height; y++)
            for (int x = 0; x < width; x++)
                for (int c = 0; c < channels; c++, at++)
                    image.Pixels[at] = (byte)(((x * (7 + c)) + (y * (13 - (3 * c))) + (((x * x) + (3 * y * y) + (11 * c * x)) % 97 * 2) + (50 * c)) % 256);
        return image;
    }
}
