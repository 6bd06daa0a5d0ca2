using Shouldly;
using Triptych.Primitives.Memory;
using Xunit;

namespace Triptych.Primitives.Tests.Memory;

public sealed class NativeBlocksTests
{
    [Fact]
    public void Buffers_of_every_size_can_be_written_to_their_ends_again_and_again()
    {
        // Two rounds, so that the second gets what the first gave back.
        for (var round = 1; round <= 2; round++)
        {
            for (var doubling = PooledBytes.NativeThreshold; doubling <= 8 * 1024 * 1024; doubling *= 2)
            {
                foreach (var length in new[] { doubling, doubling + 1, (doubling / 4 * 5) - 1, doubling / 4 * 5, (doubling / 4 * 5) + 1, (doubling * 2) - 1 })
                {
                    using var bytes = PooledBytes.Rent(length);
                    using var other = PooledBytes.Rent(length);
                    bytes.Span.Fill((byte)round);
                    other.Span.Fill(0xEE);
                    bytes.Span.IndexOfAnyExcept((byte)round).ShouldBe(-1);
                }
            }
        }
    }

    [Fact]
    public void What_is_kept_is_bounded()
    {
        var held = Enumerable.Range(0, 40).Select(_ => PooledBytes.Rent(1024 * 1024)).ToArray();
        foreach (var bytes in held) bytes.Dispose();
        NativeBlocks.KeptBytes.ShouldBeInRange(1024 * 1024, NativeBlocks.MostKeptBytes);
    }
}
