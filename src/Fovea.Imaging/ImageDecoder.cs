namespace Fovea.Imaging;

/// <summary>Reads JPEG, PNG, WebP and BMP files from memory, as Pillow does: orientation applied, alpha dropped, profiles and gamma ignored.</summary>
public static class ImageDecoder
{
    /// <summary>Reads the header of a picture: format, size after orientation, channels. Needs no native library.</summary>
    /// <param name="file">The whole file, or at least its header (an EXIF block may make that 64 KiB and more).</param>
    /// <exception cref="ImageException">The file is no picture, of a format that is not read, or its header is broken.</exception>
    public static ImageInfo Identify(ReadOnlySpan<byte> file)
    {
        ImageInfo stored = Require(file) switch
        {
            ImageFormat.Jpeg => JpegHeader.Parse(file).Info,
            ImageFormat.Png => PngHeader.Parse(file),
            ImageFormat.WebP => WebPHeader.Parse(file).Info,
            _ => BmpHeader.Parse(file).Info,
        };
        return Oriented(stored, apply: true);
    }

    /// <summary>Decodes a picture into <paramref name="target"/>, whose memory is reused.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="target">Gets the pixels: 1 or 3 channels as <paramref name="options"/> say. Its contents are undefined after an error.</param>
    /// <param name="options">Channels, limits, orientation, scale.</param>
    /// <returns>What the header says; where <see cref="DecodeOptions.AtLeast"/> made the result smaller, this still has the size of a full decode.</returns>
    /// <exception cref="ImageException">The file is no picture, of a format that is not read, broken, cut short, above the limit, or the library that reads it is missing.</exception>
    public static ImageInfo Decode(ReadOnlySpan<byte> file, Image target, in DecodeOptions options = default)
    {
        ArgumentNullException.ThrowIfNull(target);
        switch (Require(file))
        {
            case ImageFormat.Jpeg:
                {
                    JpegHeader header = JpegHeader.Parse(file);
                    Plan plan = new(header.Info, target, options);
                    JpegDecoder.Decode(file, header, plan.Raw, options.Channels, plan.AtLeast(options));
                    return plan.Finish(target, options);
                }
            case ImageFormat.Png:
                {
                    Plan plan = new(PngHeader.Parse(file), target, options);
                    PngDecoder.Decode(file, plan.Stored, plan.Raw, options.Channels);
                    return plan.Finish(target, options);
                }
            case ImageFormat.WebP:
                {
                    WebPHeader header = WebPHeader.Parse(file);
                    Plan plan = new(header.Info, target, options);
                    WebPDecoder.Decode(file, header, plan.Raw);
                    return plan.Finish(target, options);
                }
            default:
                {
                    BmpHeader header = BmpHeader.Parse(file);
                    Plan plan = new(header.Info, target, options);
                    BmpDecoder.Decode(file, header, plan.Raw);
                    return plan.Finish(target, options);
                }
        }
    }

    private static ImageFormat Require(ReadOnlySpan<byte> file)
    {
        if (file.IsEmpty)
            throw new ImageException("The file is empty. Copy it again from its source, or leave it out.");
        ImageSignature signature = ImageSignature.Detect(file);
        return signature.Format ?? throw new ImageException(signature.Name is { } name
            ? $"The file is a {name}, which is not read. Convert it to JPEG, PNG, WebP or BMP."
            : $"The file is no picture: its {file.Length:N0} bytes begin as no known format does. JPEG, PNG, WebP and BMP are read.");
    }

    private static ImageInfo Oriented(in ImageInfo stored, bool apply) =>
        apply && stored.Orientation >= 5 ? stored with { Width = stored.Height, Height = stored.Width } : stored;

    /// <summary>Where the format's decoder writes, and what is left to do after it.</summary>
    private readonly ref struct Plan
    {
        internal ImageInfo Stored { get; }

        /// <summary>The picture that the decoder fills: the target itself if nothing is left to do that needs another.</summary>
        internal Image Raw { get; }

        private readonly int _orientation;

        internal Plan(in ImageInfo stored, Image target, in DecodeOptions options)
        {
            Stored = stored;
            _orientation = options.ApplyOrientation ? stored.Orientation : 1;
            if (stored.Pixels > options.MaxPixels)
                throw new ImageException($"The picture claims {stored.Pixels:N0} pixels, and the limit is {options.MaxPixels:N0} ({Errors.Describe(stored)}). " +
                    "Make it smaller, or raise the limit (--max-pixels) if you trust the file.");
            if (stored.Pixels * 3 > Array.MaxLength)
                throw new ImageException($"The picture has {stored.Pixels:N0} pixels, more than one array holds ({Errors.Describe(stored)}). Make it smaller.");
            Raw = _orientation >= 5 || options.Channels == 1 ? Scratch.First(stored) : target;
        }

        // The caller's size is the upright picture's.
        internal (int Width, int Height)? AtLeast(in DecodeOptions options) =>
            options.AtLeast is { } size && _orientation >= 5 ? (size.Height, size.Width) : options.AtLeast;

        internal ImageInfo Finish(Image target, in DecodeOptions options)
        {
            Image image = Raw;
            if (image.Channels > options.Channels)
            {
                Image grey = _orientation >= 5 ? Scratch.Second(Stored) : target;
                Colour.ToGrey(image, grey);
                image = grey;
            }
            Orient(image, target);
            return Oriented(Stored, options.ApplyOrientation);
        }

        private void Orient(Image image, Image target)
        {
            switch (_orientation)
            {
                case 5:
                    Geometry.Transpose(image, target);
                    return;
                case 6:
                    Geometry.Rotate90(image, target);
                    return;
                case 7:
                    Geometry.Transverse(image, target);
                    return;
                case 8:
                    Geometry.Rotate270(image, target);
                    return;
            }
            if (!ReferenceEquals(image, target))
                Geometry.Crop(image, target, 0, 0, image.Width, image.Height);
            if (_orientation == 2)
                Geometry.FlipHorizontal(target);
            else if (_orientation == 3)
                Geometry.Rotate180(target);
            else if (_orientation == 4)
                Geometry.FlipVertical(target);
        }
    }
}
