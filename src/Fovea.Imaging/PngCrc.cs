namespace Fovea.Imaging;

/// <summary>The checksum of PNG chunks: CRC-32 with the reflected polynomial of the PNG specification's annex D.</summary>
internal static class PngCrc
{
    private static readonly uint[] s_table = Table();

    /// <summary>The checksum over a chunk's type and data.</summary>
    internal static uint Of(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data) => ~Update(Update(uint.MaxValue, type), data);

    private static uint Update(uint crc, ReadOnlySpan<byte> data)
    {
        foreach (byte value in data)
            crc = s_table[(crc ^ value) & 0xFF] ^ crc >> 8;
        return crc;
    }

    private static uint[] Table()
    {
        uint[] table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int bit = 0; bit < 8; bit++)
                c = (c & 1) != 0 ? 0xEDB88320u ^ c >> 1 : c >> 1;
            table[n] = c;
        }
        return table;
    }
}
