using System.Text;
using Fovea.Data;
using Fovea.Imaging;

namespace Fovea.Training;

/// <summary>Pictures of a data set beside each other, with what they are and what the network says, embedded in a page.</summary>
/// <param name="split">The images.</param>
/// <param name="channels">Channels that the network sees: 1 or 3.</param>
/// <param name="maxPixels">Largest picture that is read.</param>
internal sealed class ContactSheet(IImageDataset split, int channels, long maxPixels)
{
    // What a cell of the page has on a screen with two dots for a pixel; below it pictures are embedded as they are.
    private const int LargestSide = 240, PixelatedBelow = 64, Quality = 85;

    private readonly Image _image = new(), _small = new();

    /// <summary>The sheet as HTML.</summary>
    public string Draw(IEnumerable<ImageOutcome> outcomes)
    {
        StringBuilder html = new("<div class=\"sheet\">\n");
        foreach (ImageOutcome o in outcomes)
        {
            string own = split.Classes[o.Class], said = split.Classes[o.Predicted], source = split.Describe(o.Sample);
            string verdict = o.IsRight ? "<span class=\"good\">right</span>" : $"<span class=\"bad\">said {Html.Text(said)}</span>";
            html.Append($"<figure title=\"{Html.Text(source)}\"><div class=\"picture\">{Picture(o.Sample, own)}</div><figcaption><b>{Html.Text(own)}</b>{verdict}"
                + $"<span class=\"soft\">{Format.Percent(o.Confidence)} sure</span><span class=\"soft\">{Html.Text(Path.GetFileName(source))}</span>"
                + "</figcaption></figure>\n");
        }
        return html.Append("</div>").ToString();
    }

    // A picture that is gone by now takes nothing from the rest of the report.
    private string Picture(int sample, string alternative)
    {
        try
        {
            split.Read(sample, _image, new ReadOptions { Channels = channels, MaxPixels = maxPixels });
            Image shown = Reduced();
            bool small = Math.Max(shown.Width, shown.Height) <= PixelatedBelow;
            return $"<img{(small ? " class=\"small\"" : "")} alt=\"{Html.Text(alternative)}\" src=\"{Html.Picture(Encode(shown, small))}\">";
        }
        catch (Exception e) when (e is ImageException or SampleException or IOException)
        {
            return "<span class=\"gone\">the picture can no longer be read</span>";
        }
    }

    private Image Reduced()
    {
        int longest = Math.Max(_image.Width, _image.Height);
        if (longest <= LargestSide)
            return _image;
        int Side(int side) => Math.Max(1, (int)((long)side * LargestSide / longest));
        Resampler.Resize(_image, _small, Side(_image.Width), Side(_image.Height), Interpolation.Bilinear);
        return _small;
    }

    private static byte[] Encode(Image image, bool small)
    {
        if (small)
            return ImageEncoder.Png(image);
        try
        {
            return ImageEncoder.Jpeg(image, Quality);
        }
        catch (ImageException)
        {
            // Without libjpeg-turbo the page gets larger, and no poorer.
            return ImageEncoder.Png(image);
        }
    }
}
