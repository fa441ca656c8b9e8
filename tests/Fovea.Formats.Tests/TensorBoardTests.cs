using Fovea.Formats.TensorBoard;

namespace Fovea.Formats.Tests;

/// <summary>Against scalars.tfevents, which tests/goldens/tfevents.py wrote from the format's description alone.</summary>
public sealed class TensorBoardTests
{
    // float.NaN has its sign set in .NET and not in Python.
    private static readonly float PythonsNaN = BitConverter.UInt32BitsToSingle(0x7fc00000);

    private static readonly EventRecord[] Records =
    [
        EventRecord.Opening(1600000000.25),
        new(1600000001.5, 50, [new("train/loss_step", 2.3025851f), new("lr", 0.1f)]),
        new(1600000002.0, 300, [new("train/loss_step", PythonsNaN), new("lr", 1e-9f)]),
        new(1600000003.125, 1, [new("train/loss", 1.5f), new("train/acc", 0), new("val/loss", float.PositiveInfinity), new("val/acc", 1)]),
        new(1600000004.0, 3_000_000_000, [new(string.Concat(Enumerable.Repeat("a tag longer than 127 bytes ", 6)), -0.5f)]),
    ];

    private static byte[] Golden => File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "scalars.tfevents"));

    [Fact]
    public void EveryByteIsThatOfTheIndependentWriter()
    {
        using MemoryStream stream = new();
        foreach (EventRecord record in Records)
            EventFileWriter.Write(stream, record);
        Assert.Equal(Golden, stream.ToArray());
    }

    [Fact]
    public void TheIndependentWritersFileReadsBack()
    {
        IReadOnlyList<(EventRecord Record, int End)> read = EventFileReader.Read(Golden);
        Assert.Equal(Records.Length, read.Count);
        foreach ((EventRecord expected, EventRecord got) in Records.Zip(read.Select(r => r.Record)))
        {
            Assert.Equal((expected.WallTime, expected.Step, expected.FileVersion), (got.WallTime, got.Step, got.FileVersion));
            Assert.Equal(expected.Values, got.Values);
        }
        Assert.Equal(Golden.Length, read[^1].End);
    }

    [Fact]
    public void WhatIsTornOrDamagedEndsTheFileAndNothingElse()
    {
        byte[] golden = Golden;
        int[] ends = [.. EventFileReader.Read(golden).Select(r => r.End)];
        for (int length = 0; length <= golden.Length; length++)
            Assert.Equal(ends.Count(end => end <= length), EventFileReader.Read(golden.AsSpan(0, length)).Count);
        for (int i = 0; i < golden.Length; i++)
        {
            byte[] damaged = [.. golden];
            damaged[i] ^= 0x10;
            // A CRC of 32 bits finds every single wrong bit.
            Assert.Equal(ends.Count(end => end <= i), EventFileReader.Read(damaged).Count);
        }
    }

    [Fact]
    public void ASoundFrameAroundNonsenseIsNoRecord()
    {
        foreach (byte[] nonsense in (byte[][])[[0xff], [0x0a, 0x7f], [0x2a, 0x02, 0x0a, 0x05], [0x0b], [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80]])
            Assert.Empty(EventFileReader.Read(RecordFrame.Wrap(nonsense)));
    }
}
