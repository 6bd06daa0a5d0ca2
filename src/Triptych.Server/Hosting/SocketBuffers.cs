using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Triptych.Server.Hosting;

/// <summary>
/// Memory that sockets read into and write from, in blocks of 64 kB instead of Kestrel's 4 kB: a batch of telemetry (about 60 kB compressed) comes in
/// one or two reads rather than fifteen, each of which would wake a reader. A connection that is idle holds no block.
/// </summary>
internal sealed class SocketBuffers : IMemoryPoolFactory<byte>
{
    /// <summary>Bytes of a block.</summary>
    public const int BlockBytes = 64 * 1024;

    // 4 MB: what more connections than this use at the same moment goes back to the garbage collector.
    private const int MostKept = 64;

    /// <inheritdoc />
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new Pool();

    private sealed class Pool : MemoryPool<byte>
    {
        private readonly ConcurrentStack<Block> _free = new();
        private int _freeCount;

        public override int MaxBufferSize => BlockBytes;

        public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockBytes);
            if (!_free.TryPop(out var block))
                return new Block(this);
            Interlocked.Decrement(ref _freeCount);
            return block.Lend();
        }

        protected override void Dispose(bool disposing) => _free.Clear();

        private void Return(Block block)
        {
            if (Interlocked.Increment(ref _freeCount) <= MostKept)
                _free.Push(block);
            else
                Interlocked.Decrement(ref _freeCount);
        }

        /// <summary>Pinned for its whole life: sockets would pin it for each call.</summary>
        private sealed class Block(Pool pool) : IMemoryOwner<byte>
        {
            private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockBytes, pinned: true);
            private int _isLent = 1;

            public Memory<byte> Memory => _bytes;

            public Block Lend()
            {
                _isLent = 1;
                return this;
            }

            public void Dispose()
            {
                // A second disposal must not hand the same bytes to two connections.
                if (Interlocked.Exchange(ref _isLent, 0) == 1)
                    pool.Return(this);
            }
        }
    }
}
