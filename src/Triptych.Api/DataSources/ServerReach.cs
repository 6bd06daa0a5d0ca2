using System.Net;
using System.Net.Sockets;

namespace Triptych.Api.DataSources;

/// <summary>Opens connections to data sources. Addresses of the link itself, where clouds hand out credentials, are never connected to.</summary>
internal static class ServerReach
{
    /// <summary>Whether an address is of the link (169.254.0.0/16, fe80::/10), also where IPv6 only wraps it.</summary>
    public static bool IsLinkLocal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.IsIPv6LinkLocal || (address.AddressFamily == AddressFamily.InterNetwork && address.GetAddressBytes() is [169, 254, ..]);
    }

    /// <summary>The addresses of a host that may be connected to.</summary>
    /// <exception cref="IOException">There is none.</exception>
    /// <exception cref="SocketException">The name is not known.</exception>
    public static async ValueTask<IPAddress[]> ResolveAsync(string host, CancellationToken cancellationToken)
    {
        var found = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, cancellationToken);
        var allowed = Array.FindAll(found, static address => !IsLinkLocal(address));
        return allowed.Length > 0 ? allowed : throw new IOException("its address is link-local, which data sources may not be");
    }

    /// <summary>Connects, for an HTTP client.</summary>
    public static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var addresses = await ResolveAsync(context.DnsEndPoint.Host, cancellationToken);
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, context.DnsEndPoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
