using System.Text;

namespace Fovea.Formats.Weights;

/// <summary>What people give instead of a file of weights, told by its first bytes, and what to do then.</summary>
internal static class ForeignFormats
{
    /// <summary>Bytes that are enough to tell.</summary>
    public const int HeadBytes = 512;

    private const int TarMagic = 257;

    /// <summary>What the file is and how its weights can be had.</summary>
    /// <param name="head">The file's first bytes, up to <see cref="HeadBytes"/>.</param>
    public static string Advice(ReadOnlySpan<byte> head)
    {
        if (head is [0x89, (byte)'H', (byte)'D', (byte)'F', ..])
            return "this is an HDF5 file, as Keras writes it, not a file of PyTorch's weights. Look for the same network's weights as .pth or .safetensors";
        if (head is [0x93, (byte)'N', (byte)'U', (byte)'M', ..])
            return "this is a single NumPy array without a name: expected tensors by name, as torch.save(model.state_dict(), FILE) writes them";
        // gzip, bzip2, xz, Zstandard.
        if (head is [0x1f, 0x8b, ..] or [(byte)'B', (byte)'Z', (byte)'h', ..] or [0xfd, (byte)'7', (byte)'z', ..] or [0x28, 0xb5, 0x2f, 0xfd, ..])
            return "this is a compressed file: unpack it and import the file of weights inside";
        if (head.Length >= TarMagic + 5 && head[TarMagic..].StartsWith("ustar"u8))
            return "this is a tar archive: unpack it (tar -xf) and import the file of weights inside";
        if (head.StartsWith("version https://git-lfs"u8))
            return "this is only git-lfs's note of where the file is: run 'git lfs pull' in the folder that it was cloned into";
        if (head.StartsWith("GGUF"u8))
            return "this is a GGUF file, which holds language models, not a file of PyTorch's weights";
        if (head is [0x89, (byte)'P', (byte)'N', (byte)'G', ..] or [0xff, 0xd8, 0xff, ..])
            return "this is a picture: a file of weights is expected here, pictures go to 'predict'";
        if (IsText(head))
            return Text(head);
        // ONNX: a protocol buffer whose first field is the format's version, then the producer's name. Caffe's begins with the network's name.
        if (head is [0x08, < 0x20, 0x12 or 0x1a or 0x22 or 0x3a, ..])
            return "this looks like an ONNX model, which this version cannot read: save the weights where it came from, with torch.save(model.state_dict(), FILE)";
        if (head is [0x0a, < 0x80, ..])
            return "this looks like a Caffe or TensorFlow model, which cannot be read: look for the same network's weights as .pth or .safetensors";
        return "this is neither a safetensors file nor one of PyTorch's torch.save";
    }

    private static bool IsText(ReadOnlySpan<byte> head)
    {
        foreach (byte b in head)
        {
            if (b < ' ' && b is not ((byte)'\t' or (byte)'\n' or (byte)'\r'))
                return false;
        }
        return true;
    }

    private static string Text(ReadOnlySpan<byte> head)
    {
        string start = Encoding.UTF8.GetString(head).TrimStart();
        return start.StartsWith('<')
            ? "this is a web page, not the file that it leads to: download the file itself"
            : "this is text, not a file of weights: expected a state dict that torch.save wrote, or a safetensors file";
    }
}
