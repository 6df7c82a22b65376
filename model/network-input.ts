// Made from the schema by: npm run reference

/** The configuration as it stands in a stack file. */
export interface NetworkInput {
  /** The AS number that originates the prefixes. Example: `64500`. */
  asn: number;
  /** The announced prefixes: IPv4 /24 or shorter, IPv6 /48 or shorter. Example: `203.0.113.0/24`. */
  prefixes: string[];
  /** A prefix is announced while `all` services with an address in it are healthy, or `any` of them. Default: `all`. */
  announceWhen?: "all" | "any" | undefined;
  /** What the sites serve: name → service. */
  services: Record<
    string,
    | {
        kind: "dns";
        /** Its addresses, each inside a prefix. Example: `[203.0.113.53, 2001:db8:53::53]`. */
        addresses: string[];
        /** Zone name → zone file, relative to the program's folder. */
        zones: Record<string, string>;
        /** How the service is checked. */
        check?:
          | {
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** Compares the zones' serials with those of other servers. Default: not compared. */
              serial?:
                | {
                    /** Other servers of the zone. Example: `192.0.2.1`. */
                    servers: string[];
                    /** How many serials the zone may be behind the newest of them (RFC 1982). Default: `0`. */
                    behind?: number | undefined;
                  }
                | undefined;
              /** The least number of days that the signatures of signed zones have to be valid still; with 0 they must not have expired. Default: `0`. */
              signatureDays?: number | undefined;
              /** `site`: a serial that is behind withdraws the site. Default: it only drains it, as the primary may be at fault. */
              scope?: "site" | undefined;
            }
          | undefined;
      }
    | {
        kind: "external";
        /** Its addresses, each inside a prefix; they are put on `lo`. Example: `[203.0.113.53, 2001:db8:53::53]`. */
        addresses: string[];
        /** What the firewall lets through to the addresses. Example: `tcp/443`. */
        ports: string[];
        /** The systemd unit that runs it: when it ends, the site is withdrawn at once. Example: `nginx.service`. Default: none. */
        unit?: string | undefined;
        /** What has to be up for the addresses to be announced. */
        checks: (
          | {
              kind: "dns";
              /** The port. Default: 53. */
              port?: number | undefined;
              /** The name that is asked for. Example: `example.net`. */
              name: string;
              /** The type of records. Default: `SOA`. */
              type?: "SOA" | "A" | "AAAA" | "NS" | "TXT" | "CNAME" | "MX" | "PTR" | "SRV" | "CAA" | undefined;
              /** The code of the answer. Default: `NOERROR`, with a record. */
              rcode?:
                | "NOERROR"
                | "FORMERR"
                | "SERVFAIL"
                | "NXDOMAIN"
                | "NOTIMP"
                | "REFUSED"
                | "YXDOMAIN"
                | "YXRRSET"
                | "NXRRSET"
                | "NOTAUTH"
                | "NOTZONE"
                | undefined;
              /** Flags that the answer has to have; recursion is asked for when `aa` is not among them. Default: `[aa]`. */
              flags?: ("aa" | "ad" | "ra" | "tc")[] | undefined;
              /** Data that one of the records has to have. Example: `192.0.2.1`. Default: any. */
              answer?: string | undefined;
              /** Compares the zone's serial with those of other servers. Default: not compared. */
              serial?:
                | {
                    /** Other servers of the zone. Example: `192.0.2.1`. */
                    servers: string[];
                    /** How many serials the zone may be behind the newest of them (RFC 1982). Default: `0`. */
                    behind?: number | undefined;
                  }
                | undefined;
              /** The least number of days that the answer's signatures have to be valid still. Default: not asked. */
              signatureDays?: number | undefined;
              /** Whom the check asks, when it is not the service itself; `host`: each own address of the host, with `from: peer`. Default: each address of the service. */
              address?: string | undefined;
              /** `peer`: other sites' agents make the check, in turn, at `address: host`; while none answers, it says nothing. Default: the host itself. */
              from?: "peer" | undefined;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "http";
              /** The port. Default: 80. */
              port?: number | undefined;
              /** The path that is asked for. Default: `/`. */
              path?: string | undefined;
              /** The Host header, and the name in the certificate. Default: the address. */
              host?: string | undefined;
              /** The status of the response. Default: 200. */
              status?: number | undefined;
              /** Text that the body of the response has to contain. Default: any. */
              body?: string | undefined;
              /** Headers that the response has to have, with these values. Default: none. */
              headers?: Record<string, string> | undefined;
              /** Whom the check asks, when it is not the service itself; `host`: each own address of the host, with `from: peer`. Default: each address of the service. */
              address?: string | undefined;
              /** `peer`: other sites' agents make the check, in turn, at `address: host`; while none answers, it says nothing. Default: the host itself. */
              from?: "peer" | undefined;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "https";
              /** The port. Default: 443. */
              port?: number | undefined;
              /** The path that is asked for. Default: `/`. */
              path?: string | undefined;
              /** The Host header, and the name in the certificate. Default: the address. */
              host?: string | undefined;
              /** The status of the response. Default: 200. */
              status?: number | undefined;
              /** Text that the body of the response has to contain. Default: any. */
              body?: string | undefined;
              /** Headers that the response has to have, with these values. Default: none. */
              headers?: Record<string, string> | undefined;
              /** The least number of days that the certificate has to be valid still. Default: not asked. */
              certificateDays?: number | undefined;
              /** Whether the certificate has to be trusted by the host and name `host`. Default: `true`. */
              verify?: boolean | undefined;
              /** Whom the check asks, when it is not the service itself; `host`: each own address of the host, with `from: peer`. Default: each address of the service. */
              address?: string | undefined;
              /** `peer`: other sites' agents make the check, in turn, at `address: host`; while none answers, it says nothing. Default: the host itself. */
              from?: "peer" | undefined;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "tcp";
              /** The port. */
              port: number;
              /** What the server begins with. Default: any. */
              banner?: string | undefined;
              /** Whom the check asks, when it is not the service itself; `host`: each own address of the host, with `from: peer`. Default: each address of the service. */
              address?: string | undefined;
              /** `peer`: other sites' agents make the check, in turn, at `address: host`; while none answers, it says nothing. Default: the host itself. */
              from?: "peer" | undefined;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "udp";
              /** The port. */
              port: number;
              /** What is sent; a character is a byte, as in `"\xff"`. */
              send: string;
              /** What the answer has to contain. */
              expect: string;
              /** Whom the check asks, when it is not the service itself; `host`: each own address of the host, with `from: peer`. Default: each address of the service. */
              address?: string | undefined;
              /** `peer`: other sites' agents make the check, in turn, at `address: host`; while none answers, it says nothing. Default: the host itself. */
              from?: "peer" | undefined;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "icmp";
              /** Whom the check asks; `host`: each own address of the host, with `from: peer`. */
              address: string;
              /** `peer`: other sites' agents make the check, in turn, at `address: host`; while none answers, it says nothing. Default: the host itself. */
              from?: "peer" | undefined;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "ntp";
              /** The port. Default: 123. */
              port?: number | undefined;
              /** The highest stratum that is taken. Default: 15. */
              stratum?: number | undefined;
              /** How far the server's clock may be from the host's. Example: `100 ms`. Default: not asked. */
              offset?: string | undefined;
              /** Whom the check asks, when it is not the service itself. Default: each address of the service. */
              address?: string | undefined;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "command";
              /** The program, and its arguments. Example: `[/usr/local/bin/check, --quick]`. */
              argv: string[];
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "file";
              /** The file. Example: `/run/cache/fresh`. */
              path: string;
              /** How long ago it may have changed. Example: `5 min`. Default: not asked. */
              age?: string | undefined;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
          | {
              kind: "unit";
              /** The unit. Example: `nginx.service`. */
              unit: string;
              /** From one probe to the next; each time up to a tenth more or less, at random. Default: `1 s`. */
              every?: string | undefined;
              /** When a probe has failed; at most `every`. Default: `500 ms`. */
              timeout?: string | undefined;
              /** Failures in a row before the check is down. Default: `2`. */
              fall?: number | undefined;
              /** Successes in a row before it is up. Default: `2`. */
              rise?: number | undefined;
              /** A success that takes longer is slow: `fall` of them in a row drain the site, and never withdraw it. Example: `200 ms`. Default: none. */
              slow?: string | undefined;
              /** What other checks of the service call it in `dependsOn`. Default: none. */
              id?: string | undefined;
              /** `site`, or `shared`: asks what other sites depend on too; it drains at most and never withdraws. Default: `shared` for an `address` that is not the site's own, and for what `serial`, `signatureDays`, `certificateDays` and `offset` ask; else `site`. */
              scope?: "site" | "shared" | undefined;
              /** What it counts towards a `quorum` that is a number. Default: 1. */
              weight?: number | undefined;
              /** `id`s of checks whose failure explains this one's: while one of them is down, this one counts as that one does. Default: none. */
              dependsOn?: string[] | undefined;
            }
        )[];
        /** How many checks of scope `site` have to be up, counted by `weight`: `all`, `any`, or a number. Example: `2`. Default: `all`. */
        quorum?: "all" | "any" | number | undefined;
      }
  >;
  /** Where the services are announced: name → site. */
  sites: Record<
    string,
    {
      /** The site's host. */
      host:
        | {
            provider: "lab";
            /** A metro of the lab. Example: `fra`. */
            region: string;
            /** Whose BGP the lab's edge router speaks. Default: `vultr`. */
            profile?: "vultr" | "vultrBareMetal" | undefined;
          }
        | {
            provider: "vultr";
            /** Vultr's region. Example: `ams`. */
            region: string;
            /** Vultr's plan; another one makes a new host. Default: `vc2-1c-2gb`. */
            plan?: string | undefined;
            /** The operating system by Vultr's name for it; another one makes a new host. Default: `Debian 12 x64 (bookworm)`. */
            os?: string | undefined;
            /** The public host key of a server that was imported. Example: `ssh-ed25519 AAAA…`. Default: made with the server. */
            hostKey?: string | undefined;
          }
        | {
            provider: "vultrBareMetal";
            /** Vultr's region. Example: `ams`. */
            region: string;
            /** Vultr's bare metal plan; another one makes a new host. Default: `vbm-4c-32gb`. */
            plan?: string | undefined;
            /** The operating system by Vultr's name for it; another one makes a new host. Default: `Debian 12 x64 (bookworm)`. */
            os?: string | undefined;
            /** The public host key of a server that was imported. Example: `ssh-ed25519 AAAA…`. Default: made with the server. */
            hostKey?: string | undefined;
          }
        | {
            provider: "equinixMetal";
            /** Equinix Metal's metro. Example: `am`. */
            region: string;
            /** The plan by its slug; another one makes a new host. Default: `c3.small.x86`. */
            plan?: string | undefined;
            /** The operating system by its slug; another one makes a new host. Default: `debian_12`. */
            os?: string | undefined;
          }
        | {
            provider: "existing";
            /** Where SSH reaches the host: an address, or a name in a zone that others serve; never inside an announced prefix, nor leading there. Example: `192.0.2.7`. */
            address: string;
            /** The port of SSH. Default: none. */
            port?: number | undefined;
            /** The user of SSH; any other than root needs sudo without a password. Default: `root`. */
            user?: string | undefined;
            /** The host's public key, always pinned: the first two words of `/etc/ssh/ssh_host_ed25519_key.pub` there. Example: `ssh-ed25519 AAAA…`. */
            hostKey: string;
            /** The host's own IPv4 address: the source of its BGP sessions, and its router id. Default: `address`. */
            ipv4?: string | undefined;
            /** The host's own IPv6 address: the source of its BGP sessions. Default: none. */
            ipv6?: string | undefined;
            /** Whose BGP it is: one of the profiles that we know, or `custom`, as `neighbors` says. Default: `custom`. */
            profile?:
              | "vultr"
              | "vultrBareMetal"
              | "equinixMetal"
              | "phoenixnap"
              | "netactuate"
              | "cherryServers"
              | "custom"
              | undefined;
            /** The provider's BGP speakers, in the families in which the profile knows none (for `custom`, all). Default: none. */
            neighbors?:
              | {
                  /** Its address. Example: `192.0.2.1`. */
                  address: string;
                  /** Its AS number. Example: `64510`. */
                  asn: number;
                  /** The TTL when the neighbor is not on the host's own network. Default: it is. */
                  multihop?: number | undefined;
                  /** Whether packets of the session have to come from as near as the neighbor is (GTSM, RFC 5082); the neighbor has to do so too. Default: `false`. */
                  ttlSecurity?: boolean | undefined;
                  /** Whether the session has a password (TCP MD5); the password itself is the secret `anycast:bgpPasswords`. Default: `false`. */
                  password?: boolean | undefined;
                }[]
              | undefined;
            /** Where the host is. */
            location: {
              /** Degrees north. Example: `52.52`. */
              latitude: number;
              /** Degrees east. Example: `13.4`. */
              longitude: number;
            };
          }
        | {
            provider: "custom";
            /** Whose BGP it is: one of the profiles that we know, or `custom`, as `neighbors` says. Default: `custom`. */
            profile?:
              | "vultr"
              | "vultrBareMetal"
              | "equinixMetal"
              | "phoenixnap"
              | "netactuate"
              | "cherryServers"
              | "custom"
              | undefined;
            /** The provider's BGP speakers, in the families in which the profile knows none (for `custom`, all). Default: those that the adapter tells. */
            neighbors?:
              | {
                  /** Its address. Example: `192.0.2.1`. */
                  address: string;
                  /** Its AS number. Example: `64510`. */
                  asn: number;
                  /** The TTL when the neighbor is not on the host's own network. Default: it is. */
                  multihop?: number | undefined;
                  /** Whether packets of the session have to come from as near as the neighbor is (GTSM, RFC 5082); the neighbor has to do so too. Default: `false`. */
                  ttlSecurity?: boolean | undefined;
                  /** Whether the session has a password (TCP MD5); the password itself is the secret `anycast:bgpPasswords`. Default: `false`. */
                  password?: boolean | undefined;
                }[]
              | undefined;
            /** Where the host is. */
            location: {
              /** Degrees north. Example: `52.52`. */
              latitude: number;
              /** Degrees east. Example: `13.4`. */
              longitude: number;
            };
          };
      /** `active`, or `drained`: announced with prepends and GRACEFUL_SHUTDOWN (RFC 8326), as the last choice, so that traffic goes elsewhere. Default: `active`. */
      state?: "active" | "drained" | undefined;
      /** How many times the path is made longer, so that less traffic comes here: by the provider's community, or with the own AS number where it has none. Default: `0`. */
      prepend?: number | undefined;
      /** AS numbers that the provider does not announce the prefixes to from here; refused where it has no community for that. Example: `[64511]`. Default: none. */
      noExportTo?: number[] | undefined;
      /** More communities for the provider; blackholes and what keeps a prefix inside the provider are refused. Example: `20473:64609`. Default: none. */
      communities?: string[] | undefined;
    }
  >;
  /** In which order and how fast a change goes over the sites. */
  rollout?:
    | {
        /** List of waves; each is a list of sites, or the share of all sites that is done after it. Example: `[[ams], 50%, 100%]`. Default: one site, then all others. */
        waves?: (string[] | string)[] | undefined;
        /** How long a changed site has to stay well before the next wave, else it is rolled back; `0 s` to `10 min`. Default: `30 s`. */
        soak?: string | undefined;
      }
    | undefined;
  /** The least number of sites that announce each prefix: when fewer are healthy, the least bad announce as a last resort. Default: 2, or 1 with two sites. */
  floor?: number | undefined;
  /** The ROAs by which a run is refused that would announce what other networks reject (RPKI invalid). Default: none are read. */
  rpki?:
    | {
        /** Validated ROA payloads, the JSON of rpki-client, Routinator or StayRTR: a URL, or a file relative to the program's folder. Example: `https://rpki.example.net/vrps.json`. */
        vrps: string;
        /** The AS number from which other networks see the prefixes, where the provider puts its own in place of a private one. Default: `asn`. */
        origin?: number | undefined;
      }
    | undefined;
  /** Whether Pulumi refuses to delete or replace a server that was made at a provider, until this is `false` and applied. Default: `false`. */
  protectHosts?: boolean | undefined;
  /** How a site is emptied before a disruptive change, and before it goes: drained, then withdrawn. */
  drain?:
    | {
        /** A drained site is withdrawn once no more than this comes to its service addresses together. Example: `20 packets/s`. Default: `1 packet/s`. */
        residue?: string | undefined;
        /** A drained site is withdrawn after this time, whatever still comes; 5 min at most. Default: `30 s`. */
        patience?: string | undefined;
      }
    | undefined;
  /** Debian package → the version that every site is to have; another one is installed by the apply, wave after wave, and rolled back when the site does not stay well. Default: what was first installed stays. */
  packages?: { bird2?: string; iproute2?: string; knot?: string; nftables?: string; nodejs?: string } | undefined;
  /** How the hosts are managed and watched. */
  management?:
    | {
        /** Prefixes from which SSH reaches the hosts, none inside an announced one. Example: `198.51.100.0/24`. Default: everywhere. */
        from?: string[] | undefined;
        /** Serves the agents' metrics to Prometheus, on the hosts' own addresses and only to `from`. Default: none. */
        metrics?:
          | {
              /** The port of the agents' metrics for Prometheus. Example: `9479`. */
              port: number;
            }
          | undefined;
        /** Public SSH keys that hosts made by us let in, beside `anycast:sshPrivateKey`; a change replaces those hosts. Example: `ssh-ed25519 AAAA…`. Default: none. */
        sshKeys?: string[] | undefined;
      }
    | undefined;
  /** Rules of your own that the network has to keep, beside those of anycast itself. */
  policy?:
    | {
        /** The regions where hosts may be made. Example: `ams`. Default: all. */
        regions?: string[] | undefined;
        /** The least number of sites that announce each prefix in full when all is well. Default: none but `floor`. */
        minimumSites?: number | undefined;
        /** Communities that every site has to have. Example: `20473:64609`. Default: none. */
        communities?: string[] | undefined;
        /** Whether SSH to hosts on the Internet may be open to everybody. Default: `true`. */
        publicSsh?: boolean | undefined;
      }
    | undefined;
  /** For the lab alone. */
  lab?:
    | {
        /** Regions with clients and no site. Example: `syd`. Default: none. */
        clients?: string[] | undefined;
      }
    | undefined;
}

/** A BGP speaker of a provider, as a site lists it. */
export interface NeighborInput {
  /** Its address. Example: `192.0.2.1`. */
  address: string;
  /** Its AS number. Example: `64510`. */
  asn: number;
  /** The TTL when the neighbor is not on the host's own network. Default: it is. */
  multihop?: number | undefined;
  /** Whether packets of the session have to come from as near as the neighbor is (GTSM, RFC 5082); the neighbor has to do so too. Default: `false`. */
  ttlSecurity?: boolean | undefined;
  /** Whether the session has a password (TCP MD5); the password itself is the secret `anycast:bgpPasswords`. Default: `false`. */
  password?: boolean | undefined;
}
